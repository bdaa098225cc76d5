import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openAnnotators } from "../../../sidecar/data/annotators/annotators.ts";
import { parsedDocument } from "../../../sidecar/data/annotators/parsedDocument.ts";
import type { AnnotatorConfig } from "../../../sidecar/data/masking/annotatorConfig.ts";
import { markClasses, markedClass, tokenMark } from "../../../sidecar/data/masking/tokenMark.ts";
import { openMarker } from "../../../sidecar/data/tokenMarks.ts";
import { proseSpans } from "../../../sidecar/syntax/partsOfSpeech.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";

async function written(config: AnnotatorConfig, path: string, text: string, folder = "/"): Promise<string[]> {
	const [annotator] = await openAnnotators([config], { folder });
	const spans = await annotator!.spans(parsedDocument({ path, text }));
	return spans.map(({ start, end, spanClass }) => `${spanClass}:${text.slice(start, end)}`);
}

const prose = "In London, Grace Hopper wrote the parser.";

test("Every class of a span has its own mark within the bits for it", () => {
	assert.ok(markClasses.length <= tokenMark.spanClass);
	assert.deepEqual(
		markClasses.map((_, at) => markedClass(at + 1)),
		markClasses,
	);
	assert.equal(markedClass(0), undefined);
});

test("Parts of speech of prose: runs of proper nouns are one name, and places are those of the text", async () => {
	assert.deepEqual(await written({ name: "partsOfSpeech" }, "notes.md", prose), [
		...["namedEntity:London", "namedEntity:Grace Hopper", "verb:wrote", "noun:parser"],
	]);
	const long = `${"The model reads the rows of a file.\n\n".repeat(900)}${prose}`;
	const spans = await proseSpans(long);
	assert.ok(spans.every(({ start, end }) => /^\p{L}/u.test(long.slice(start, end))));
	assert.ok(spans.every(({ start }, at) => at === 0 || start >= spans[at - 1]!.end));
	const last = spans.at(-1)!;
	assert.equal(long.slice(last.start, last.end), "parser");
	assert.deepEqual(await proseSpans(""), []);
	assert.deepEqual(await proseSpans("😀 \u0000 \ud83d"), []);
});

test("In code they are those of comments and docstrings alone; other files that are no prose have none", async () => {
	const code = 'def area(radius):\n\t"""Returns the area of a circle."""\n\treturn radius ** 2  # so far\n';
	const found = await written({ name: "partsOfSpeech" }, "a.py", code);
	assert.ok(found.includes("noun:area") && found.includes("noun:circle"), found.join());
	assert.ok(!found.some((span) => span.endsWith(":radius") || span.endsWith(":def")));
	assert.deepEqual(await written({ name: "partsOfSpeech" }, "a.sh", prose), []);
});

test("A later annotator has its way where two tag a token", async () => {
	const text = "total = 1  # the sum of all rows\n";
	const tokenizer = trainByteLevelBpe([text.repeat(20)], { vocabularySize: 275, minFrequency: 2 });
	const encoding = tokenizer.encode(text);
	const classesBy = async (...annotators: AnnotatorConfig[]) => {
		const marks = await (await openMarker({ annotators }, "/"))({ path: "a.py", text }, encoding);
		return new Set(Array.from(marks, markedClass));
	};
	const both = await classesBy({ name: "treeSitter" }, { name: "partsOfSpeech" });
	for (const expected of ["identifier", "number", "comment", "noun"]) assert.ok(both.has(expected as never), expected);
	assert.ok(!(await classesBy({ name: "treeSitter" })).has("noun"));
	assert.ok(!(await classesBy({ name: "partsOfSpeech" }, { name: "treeSitter" })).has("noun"));
});

const folder = mkdtempSync(join(tmpdir(), "maskwright-spans-"));

function spansFile(...lines: (string | object)[]): AnnotatorConfig {
	writeFileSync(
		join(folder, "spans.jsonl"),
		lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"),
	);
	return { name: "file", path: "spans.jsonl" };
}

test("A file of spans is found above the corpus, and its paths fit the ends of those of documents", async () => {
	const config = spansFile(
		{ path: "a.txt", start: 11, end: 16, tag: "verb" },
		"",
		{ path: "a.txt", start: 3, end: 9, tag: "namedEntity" },
		{ path: "b.txt", start: 0, end: 1, tag: "noun" },
	);
	for (const path of ["a.txt", "/home/me/a.txt"]) {
		assert.deepEqual(await written(config, path, prose, join(folder, "docs", "corpus.jsonl")), [
			...["namedEntity:London", "verb:Grace"],
		]);
	}
	assert.deepEqual(await written(config, "c.txt", prose, folder), []);
});

test("A file of spans that is wrong is a sentence with line and column", async () => {
	const good = { path: "a.txt", start: 3, end: 9, tag: "noun" };
	const refusals: [lines: (string | object)[], expected: RegExp][] = [
		[["{"], /Line 1, column 1 of .*spans\.jsonl is no span: it is not JSON\./],
		[[good, { ...good, tag: "person" }], /Line 2, column 35 .*there is no tag "person"; tags are identifier, call, /],
		[[{ path: "a.txt", start: 3, end: 9 }], /Line 1, column 1 .*tag/],
		[[{ ...good, start: -1 }], /Line 1, column 17 .*start/],
		[[{ ...good, start: 9 }], /Line 1, column 27 .*its end 9 is not behind its start 9/],
		[[{ ...good, label: "x" }], /Line 1, column 48 .*label/],
		[[good, { ...good, start: 8, end: 12 }], /Line 2, column 17 .*it overlaps the span of line 1\./],
		[[{ ...good, end: 42 }], /Line 1, column 27 .*it ends at 42, and a\.txt has 41 UTF-16 code units/],
	];
	for (const [lines, expected] of refusals) {
		await assert.rejects(written(spansFile(...lines), "a.txt", prose, folder), (error: Error) => {
			assert.equal(error.name, "corpusInvalid");
			assert.match(error.message, expected);
			return true;
		});
	}
	const latin1 = Buffer.from('{"path":"\u00e9.txt","start":0,"end":1,"tag":"noun"}', "latin1");
	writeFileSync(join(folder, "latin1.jsonl"), latin1);
	const latin: AnnotatorConfig = { name: "file", path: "latin1.jsonl" };
	await assert.rejects(written(latin, "a.txt", prose, folder), { name: "corpusInvalid", message: /no UTF-8 text/ });
	const missing: AnnotatorConfig = { name: "file", path: "none.jsonl" };
	await assert.rejects(written(missing, "a.txt", prose, folder), { name: "notFound", message: /none\.jsonl/ });
});
