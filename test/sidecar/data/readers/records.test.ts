import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../../sidecar/base/errors.ts";
import type { Document } from "../../../../sidecar/data/document.ts";
import { encodeDocument } from "../../../../sidecar/data/encodeDocument.ts";
import { fitRecord } from "../../../../sidecar/data/fitRecord.ts";
import { type ReaderConfig, readerSchema } from "../../../../sidecar/data/readers/config.ts";
import { readDocuments } from "../../../../sidecar/data/readers/readers.ts";
import { splitHeldOut } from "../../../../sidecar/data/split.ts";
import { trainByteLevelBpe } from "../../../../sidecar/tokenizer/trainer.ts";
import { withTree } from "./tree.ts";

const template = { instruction: "What is it?", listing: "letters", anchor: "[unused0]", order: "given" } as const;
const labelled = readerSchema.parse({ name: "labelled", text: "text", label: "label", template });
const pairs = readerSchema.parse({ name: "pairs", first: "target", second: "binder" });
const fasta = readerSchema.parse({ name: "fasta" });

function read(name: string, content: string | Uint8Array, reader: ReaderConfig): Promise<Document[]> {
	return withTree({ [name]: content }, async (root) => (await readDocuments(join(root, name), reader)).documents);
}

/** The regions of a document by name. */
function regionTexts({ text, regions = [] }: Document): Record<string, string> {
	return Object.fromEntries(regions.map(({ name, start, end }) => [name, text.slice(start, end)]));
}

test("Labelled rows of JSONL, CSV and TSV become the same instructions, the answer last", async () => {
	const jsonl = '{"text":"a, b","label":"cat"}\n\n{"text":"c \\"d\\"","label":"dog"}\n';
	const csv = '\uFEFFlabel,text\r\ncat,"a, b"\r\ndog,"c ""d"""\r\n';
	const semicolons = 'label;text\ncat;a, b\ndog;"c ""d"""\n';
	const tsv = 'text\tlabel\na, b\tcat\nc "d"\tdog\n';
	const texts = [
		"What is it?\na, b\n- A: cat\n- B: dog\nAnswer: A",
		'What is it?\nc "d"\n- A: cat\n- B: dog\nAnswer: B',
	];
	for (const [name, content] of [
		["d.jsonl", jsonl],
		["d.csv", csv],
		["e.csv", semicolons],
		["d.tsv", tsv],
	] as const) {
		const documents = await read(name, content, labelled);
		assert.deepEqual(
			documents.map(({ text }) => text),
			texts,
			name,
		);
		assert.deepEqual(documents.map(regionTexts), [{ answer: "A" }, { answer: "B" }]);
	}
});

test("A row's own options and instruction take the place of the file's and the template's", async () => {
	const rows = [
		{ text: "x", label: "no", options: ["yes", "no"], instruction: "Is it?" },
		{ text: "y", label: 3, options: "3|4" },
		{ text: "y", label: 3, options: "5|3" }, // no repetition: the options are others
		{ text: "y", label: 3, options: "5|3" },
	];
	const [first, second, third, fourth] = await read(
		"d.jsonl",
		rows.map((row) => JSON.stringify(row)).join("\n"),
		labelled,
	);
	assert.equal(first?.text, "Is it?\nx\n- A: yes\n- B: no\nAnswer: B");
	assert.equal(second?.text, "What is it?\ny\n- A: 3\n- B: 4\nAnswer: A");
	assert.equal(third?.text, "What is it?\ny\n- A: 5\n- B: 3\nAnswer: B");
	assert.equal(fourth, undefined);
});

test("Options in the order of the alphabet, whichever label comes first in the file", async () => {
	const sorted = readerSchema.parse({ ...labelled, template: { ...template, order: "sorted" } });
	const lines = [
		{ text: "x", label: "wish" },
		{ text: "y", label: "bug" },
		{ text: "z", label: "4", options: ["5", "4", "10"] },
	];
	const [first, second, third] = await read("s.jsonl", lines.map((line) => JSON.stringify(line)).join("\n"), sorted);
	assert.equal(first?.text, "What is it?\nx\n- A: 4\n- B: bug\n- C: wish\nAnswer: C");
	assert.equal(second?.text, "What is it?\ny\n- A: 4\n- B: bug\n- C: wish\nAnswer: B");
	assert.equal(third?.text, "What is it?\nz\n- A: 10\n- B: 4\n- C: 5\nAnswer: B");
});

test("Words as answers, and options in an order that each record draws for itself", async () => {
	const shuffled = readerSchema.parse({ ...labelled, template: { ...template, listing: "words", order: "shuffled" } });
	const rows = Array.from({ length: 40 }, (_, index) => ({ text: `t${index}`, label: ["a", "b", "c"][index % 3] }));
	const lines = rows.map((row) => JSON.stringify(row)).join("\n");
	const documents = await read("d.jsonl", lines, shuffled);
	assert.deepEqual(
		documents.map((document) => regionTexts(document)["answer"]),
		rows.map(({ label }) => label),
	);
	const orders = new Set(documents.map(({ text }) => text.split("\n").slice(2, 5).join()));
	assert.ok(orders.size >= 4);
	assert.deepEqual(await read("d.jsonl", lines, shuffled), documents);
});

test("Pairs have two regions, joined as the reader says", async () => {
	const csv = "binder,target\nGHI,MKV\n";
	const [plain] = await read("p.csv", csv, pairs);
	assert.equal(plain?.text, "MKVGHI");
	assert.deepEqual(regionTexts(plain), { first: "MKV", second: "GHI" });
	assert.equal(plain.cuttable, undefined);
	const [tlm] = await read("p.csv", csv, readerSchema.parse({ ...pairs, join: "separator", long: "cutStart" }));
	assert.deepEqual(tlm?.insertions, [{ at: 3, token: "sep" }]);
	assert.deepEqual(tlm?.cuttable, { start: 0, end: 3, from: "start" });
	const [line] = await read("p.csv", csv, readerSchema.parse({ ...pairs, join: "line" }));
	assert.equal(line?.text, "MKV\nGHI");
	assert.deepEqual(regionTexts(line), { first: "MKV", second: "GHI" });
});

test("FASTA: one document for a sequence, its lines joined", async () => {
	const documents = await read("s.fasta", ">one first\nMKV\nghi*\n\n>two\nAC-DX\n", fasta);
	assert.deepEqual(
		documents.map(({ path, text }) => [path, text]),
		[
			["one", "MKVGHI*"],
			["two", "AC-DX"],
		],
	);
});

test("FASTA pairs: in turn, or by the names of their headers, also as the editor writes them", async () => {
	const texts = async (content: string) =>
		(await read("p.fasta", content, pairs)).map((one) => [one.path, regionTexts(one)]);
	const both = (first: string, second: string) => ({ first, second });
	assert.deepEqual(await texts(">t one\nMKV\nghi\n>b\nAC\n\n>u\nMM\n>c\nDD\n"), [
		["p.fasta:4", both("MKVGHI", "AC")],
		["p.fasta:9", both("MM", "DD")],
	]);
	const named = [
		["p.fasta:3", both("MKV", "AC")],
		["p.fasta:5", both("MM", "DD")],
		["p.fasta:9", both("MM", "CC")],
	];
	assert.deepEqual(await texts(">t|target\nMKV\n>t|binder\nAC\n>u|binder\nDD\n>u|target\nMM\n>u|binder\nCC\n"), named);
	assert.deepEqual(await texts(">t\nMKV\n>t binder\nAC\n>u|binder\nDD\n>u\nMM\n>u binder\nCC\n"), named);
});

test("Documented functions: the first sentence and the code, of which a row may lose the end", async () => {
	const words = "Adds two numbers that were read (see above) from a file. ";
	const source = `/**\n * ${words}Nobody knows\n * why. ${"They said so. ".repeat(20)}\n */\nfunction add(a, b) {\n\treturn a + b;\n}\n`;
	const files = { "src/add.ts": source, "src/other.ts": "/** Yes. But: no more of it. */\nfunction other() {}\n" };
	const documents = await withTree(files, async (root) => {
		return (await readDocuments(root, { name: "documented" })).documents;
	});
	const [add, other] = documents;
	assert.equal(regionTexts(add!)["first"], words.trim());
	assert.equal(regionTexts(other!)["first"], "Yes. But: no more of it.");
	assert.deepEqual(add!.cuttable, { start: 0, end: add!.text.length, from: "end" });
	const tokenizer = trainByteLevelBpe([source], { vocabularySize: 261 });
	const fits = fitRecord(add!, encodeDocument(add!, tokenizer), 62);
	assert.equal(fits?.ids.length, 62);
});

test("Records are held out by their own content: neither order nor other rows move one across the line", async () => {
	const rows = Array.from({ length: 200 }, (_, index) => ({ text: `t${index}`, label: index % 2 ? "a" : "b" }));
	const jsonl = (list: readonly object[]): string => list.map((row) => JSON.stringify(row)).join("\n");
	const heldOut = async (list: readonly object[]): Promise<string[]> =>
		splitHeldOut(await read("d.jsonl", jsonl(list), labelled)).heldOut.map(({ hash }) => hash);
	const before = new Set(await heldOut(rows));
	// Another label changes what every instruction lists.
	const after = await heldOut([...rows, { text: "new", label: "c" }].reverse());
	assert.ok(before.size > 5);
	assert.deepEqual(after.filter((hash) => before.has(hash)).length, before.size);
	assert.ok(after.length <= before.size + 1);
});

/** Latin-1: "é" is the byte E9. */
const latin1 = Buffer.from("text,label\nabc,x\ncaf\u00e9,y\n", "latin1");

const broken: readonly (readonly [why: string, name: string, content: string | Uint8Array, ReaderConfig, RegExp])[] = [
	["wrong column", "d.csv", "body,label\nx,y\n", labelled, /line 1, column 1: there is no column "text".*body, label/],
	[
		"wrong field",
		"d.jsonl",
		'{"text":"x","label":"a"}\n{"text":"x"}\n',
		labelled,
		/line 2, column 1: .*no field "label"/,
	],
	["empty label", "d.csv", "text,label\nx,a\ny,\n", labelled, /line 3, column 2: "label" is empty/],
	["empty label", "d.jsonl", '{"text":"x","label":" "}', labelled, /line 1, column 13: "label" is empty/],
	["no text", "d.jsonl", '{"text":["x"],"label":"a"}', labelled, /line 1, column 2: "text" is no text/],
	[
		"short row",
		"d.csv",
		'text,label\n"x\ny",a\nz\n',
		labelled,
		/line 4, column 2: cells in the row: 1, in the header: 2/,
	],
	["long row", "d.tsv", "text\tlabel\nx\ta\tb\n", labelled, /line 2, column 3: cells in the row: 3/],
	[
		"open quote",
		"d.csv",
		'text,label\nx,a\ny,"b\nz,c\n',
		labelled,
		/line 3, column 2: a quote is opened and never closed/,
	],
	["broken JSON", "d.jsonl", '{"text":"x","label":"a"}\n{"text":}\n', labelled, /line 2, column 9: this is not JSON/],
	["cut JSON", "d.jsonl", '{"text":"x"', labelled, /line 1, column 12: this is not JSON/],
	["no object", "d.jsonl", "[1]", labelled, /line 1, column 1: this is JSON, but not an object/],
	["UTF-16", "d.csv", Buffer.from("\uFEFFtext,label\n", "utf16le"), labelled, /line 1, column 1: the file is UTF-16/],
	["UTF-16", "d.csv", Buffer.from("text,label\n", "utf16le"), labelled, /line 1, column 2: there is a byte 0/],
	["Latin-1", "d.csv", latin1, labelled, /line 3, column 4: the byte 0xE9 is not UTF-8/],
	["one label", "d.csv", "text,label\nx,a\ny,a\n", labelled, /line 2, column 2: there is only one label/],
	[
		"no option",
		"d.jsonl",
		'{"text":"x","label":"a","options":["b","c"]}',
		labelled,
		/line 1, column 13: the label "a" is none/,
	],
	[
		"twice",
		"d.jsonl",
		'{"text":"x","label":"a","options":["a","a"]}',
		labelled,
		/column 25: an option stands there twice/,
	],
	["empty part", "p.jsonl", '{"target":"A","binder":""}', pairs, /line 1, column 15: "binder" is empty/],
	["number", "p.jsonl", '{"target":1,"binder":"A"}', pairs, /line 1, column 2: "target" is no text/],
	["letters", "s.fa", ">a\nMKV\nMK1\n", fasta, /line 3, column 3: "1" is no letter of a protein/],
	["foreign", "s.fa", ">a\nMKé\n", fasta, /line 2, column 3: "é" is no letter/],
	["headless", "s.fa", "MKV\n", fasta, /line 1, column 1: a FASTA file begins with/],
	["empty sequence", "s.fa", ">a\n>b\nMK\n", fasta, /line 1, column 1: the sequence a is empty/],
	["odd", "p.fa", ">a\nMKV\n>b\nMK\n>c\nMM\n", pairs, /line 5, column 1: .* 3 records, and c is left without a binder/],
	["letters of pairs", "p.fa", ">a\nMKV\n>b\nMK1\n", pairs, /line 4, column 3: "1" is no letter of a protein.*\(b\)/],
	["empty binder", "p.fa", ">a\nMKV\n>b\n\n", pairs, /line 3, column 1: the sequence b is empty/],
	["no target", "p.fa", ">a\nMKV\n>b|binder\nMK\n", pairs, /line 3, column 1: no target of the name b/],
	["no binder", "p.fa", ">a|target\nMKV\n", pairs, /line 1, column 1: the target a has no binder/],
	[
		"a name twice",
		"p.fa",
		">a\nMKV\n>a|target\nMM\n>a|binder\nMK\n",
		pairs,
		/line 3, column 1: a is the name of the target on line 1 too/,
	],
	["kind", "d.txt", "x", labelled, /its name must end in/],
];

test("What is wrong in a file is one sentence with file, line and column", async () => {
	for (const [why, name, content, reader, sentence] of broken) {
		await assert.rejects(read(name, content, reader), (error) => {
			assert.ok(isError(error, "corpusInvalid"), `${why}: ${String(error)}`);
			assert.match(error.message, sentence, why);
			assert.ok(error.message.includes(name));
			return true;
		});
	}
});

test("A folder or a missing file is refused by its name", async () => {
	await withTree({ "a/b.csv": "x" }, async (root) => {
		await assert.rejects(readDocuments(join(root, "a"), pairs), /is a folder/);
		await assert.rejects(readDocuments(join(root, "c.csv"), pairs), /does not exist/);
	});
});
