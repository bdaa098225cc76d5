import assert from "node:assert/strict";
import { test } from "node:test";
import {
	alignedRows,
	fieldsOf,
	holdsRecords,
	jsonTexts,
	labelsIn,
	setText,
} from "../../../extension/classify/records.ts";

test("The fields of a file of records are those of its first line", () => {
	assert.deepEqual(fieldsOf("a.jsonl", '{"body":"x","kind":"y"}\n{"other":1}'), ["body", "kind"]);
	assert.deepEqual(fieldsOf("a.jsonl", "[1]"), []);
	assert.deepEqual(fieldsOf("a.csv", '\uFEFF"text", label\r\nx,y'), ["text", "label"]);
	assert.deepEqual(fieldsOf("a.csv", "text;label, really\n"), ["text;label", "really"]);
	assert.deepEqual(fieldsOf("a.csv", "text;label\n"), ["text", "label"]);
	assert.deepEqual(fieldsOf("a.tsv", "text\tlabel\n"), ["text", "label"]);
	assert.deepEqual(["a.JSONL", "a.csv", "a.ts"].map(holdsRecords), [true, true, false]);
});

test("Texts keep the number of their line, and lines without one are passed over", () => {
	const text = '{"t":"one"}\n\nbroken\n{"t":" "}\n{"t":"two"}\n';
	assert.deepEqual(jsonTexts(text, "t"), [
		{ line: 1, text: "one" },
		{ line: 5, text: "two" },
	]);
});

test("Labels are what stands between commas; a change keeps text as text", () => {
	assert.deepEqual(labelsIn(" bug, feature request,,docs "), ["bug", "feature request", "docs"]);
	assert.equal(setText("data.reader.text", "1"), 'data.reader.text="1"');
});

test("Rows stand in columns as wide as their widest cell", () => {
	const rows = [
		["line", "label", "text"],
		["1", "feature", "a longer text"],
	];
	assert.deepEqual(alignedRows(rows), ["line  label    text", "1     feature  a longer text"]);
});
