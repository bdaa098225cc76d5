import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../../sidecar/base/errors.ts";
import { packageTriples, sourceTriples } from "../../../../sidecar/data/codeTriples.ts";
import { readCorpus } from "../../../../sidecar/data/readers/corpus.ts";
import { relations, sentenceOf } from "../../../../sidecar/data/relations.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";

test("triples become sentences, a document for each head, and a relation without template is told of", async (context) => {
	const file = join(temporaryFolder(context), "graph.tsv");
	writeFileSync(
		file,
		"\ufeffcat\tIsA\tanimal\ncat\tCapableOf\tpurr\r\n\nqueue\timports\tlist\ncat\tHasGenus\tFelis\ndog\tHasGenus\tCanis\n",
	);
	const { documents, leftOut } = await readCorpus(file);
	assert.deepEqual(
		documents.map(({ path, text }) => [path, text]),
		[
			["cat", "cat is a kind of animal.\ncat can purr.\n"],
			["queue", "queue imports list.\n"],
		],
	);
	assert.deepEqual(leftOut, [
		{ path: "graph.tsv:5", why: "There is no template for the relation HasGenus (2 lines, the first of them line 5)." },
	]);
});

test("every relation that code gives has a template, and the paper's 33 are there", () => {
	const text = 'import { a } from "b";\nexport class C extends D {}\nfunction e() {}\n';
	const found = [
		...packageTriples({ name: "p", dependencies: { q: "1" }, devDependencies: { r: "1" } }),
		...sourceTriples({ path: "f.ts", language: "typescript", text }),
		...sourceTriples({
			path: "g.py",
			language: "python",
			text: "from h import i\nclass J(K):\n    def l(self): ...\n",
		}),
	];
	assert.deepEqual(found.map(sentenceOf), [
		"p depends on the package q.",
		"p is developed with the package r.",
		"f.ts imports b.",
		"f.ts defines C.",
		"C is a subtype of D.",
		"f.ts defines e.",
		"g.py imports h.",
		"g.py defines J.",
		"J is a subtype of K.",
		"g.py defines l.",
	]);
	assert.equal(Object.keys(relations).filter((name) => /^[A-Z]/.test(name)).length, 33);
	assert.equal(sentenceOf({ head: "a", relation: "constructor", tail: "b" }), undefined);
});

test("a line that is no triple is named with its column", async (context) => {
	const file = join(temporaryFolder(context), "graph.tsv");
	const cases: [string | Uint8Array, RegExp][] = [
		["a\tIsA\tb\na\tIsA\n", /^Line 2, column 6 of .*the line has 2 of 3 parts/],
		["a\tIsA\tb\tc\n", /^Line 1, column 8 of .*the line has 4 parts/],
		["a\t \tb\n", /^Line 1, column 3 of .*the relation is empty/],
		[Buffer.from("a\tIsA\tb\nf\xfcr\tIsA\tx\n", "latin1"), /^Line 2, column 2 of .* is not UTF-8/],
	];
	for (const [content, expected] of cases) {
		writeFileSync(file, content);
		await assert.rejects(
			readCorpus(file),
			(error: Error) => isError(error, "corpusInvalid") && expected.test(error.message),
		);
	}
});
