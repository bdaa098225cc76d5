import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutComments } from "../../../sidecar/syntax/comments.ts";

test("Python loses comments, docstrings and blank lines and keeps other strings", () => {
	const text =
		'def f(a):\n    """Say\n    it."""\n\n    # why\n    x = "# no" # yes\n    "alone"\n    return g("""a\n# b""")\n';
	assert.equal(
		withoutComments(text, "python").replaceAll(/ +$/gm, ""),
		'def f(a):\n    x = "# no"\n    return g("""a\n# b""")',
	);
});

test("Python that cannot be split into tokens stays as it is", () => {
	for (const text of ["f( # open\n", '"""open # no\n', "if a:\n        b # x\n    c\n"]) {
		assert.equal(withoutComments(text, "python"), text);
	}
});

test("a comment of other languages becomes a space, but not within quotes", () => {
	assert.equal(
		withoutComments("a/* x\n */b // c\n\ns = \"// no\" + '\\'/*';", "javascript"),
		"a b  \ns = \"// no\" + '\\'/*';",
	);
	assert.equal(withoutComments("a /* open\nit's // x", "java"), "a /* open\nit's  ");
});

test("Ruby and the languages beyond the paper keep their text", () => {
	for (const language of ["ruby", "rust", "typescript"] as const) {
		assert.equal(withoutComments("a # b // c\n\n", language), "a # b // c\n\n");
	}
});
