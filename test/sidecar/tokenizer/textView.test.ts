import assert from "node:assert/strict";
import { test } from "node:test";
import { viewed } from "../../../sidecar/tokenizer/textView.ts";

test("the source is the text itself", () => {
	assert.equal(viewed("getUserNames(db) // é\n", "source"), "getUserNames(db) // é\n");
});

test("names and prose that say the same have the same words", () => {
	for (const text of [
		"getUserNames",
		"get_user_names()",
		"Gets user names.",
		"GETTING USER NAME",
		"$get.user['name']",
	]) {
		assert.equal(viewed(text, "words"), " get user nam", text);
	}
});

test("digits and runs of capitals are parts, accents and case are none, punctuation is gone", () => {
	assert.equal(viewed("parseHTTP2Header(x) == Café", "words"), " pars http 2 header x caf");
});

test("any text has words, a long word its beginning, and the same words each time", () => {
	assert.equal(viewed("", "words"), "");
	assert.equal(viewed("\ud800 -> \u0000", "words"), "");
	assert.equal(viewed("a".repeat(1000), "words"), ` ${"a".repeat(64)}`);
	const text = "読み込む fooBar";
	assert.equal(viewed(text, "words"), viewed(text, "words"));
	assert.match(viewed(text, "words"), / foo bar$/);
});
