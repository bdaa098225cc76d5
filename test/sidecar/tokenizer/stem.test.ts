import assert from "node:assert/strict";
import { test } from "node:test";
import { stem } from "../../../sidecar/tokenizer/stem.ts";

test("forms of a word have one stem", () => {
	for (const words of [
		"parse parses parsed parsing",
		"query queries",
		"match matches matching",
		"stop stopped stops",
	]) {
		assert.deepEqual([...new Set(words.split(" ").map(stem))].length, 1, words);
	}
	for (const word of ["string", "class", "status", "need", "bus"]) assert.equal(stem(word), word);
});
