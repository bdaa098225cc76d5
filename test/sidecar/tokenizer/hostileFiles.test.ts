import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { type TokenizerFiles, tokenizerJsonOf } from "../../../sidecar/tokenizer/fromFiles.ts";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../../../sidecar/tokenizer/tokenizer.ts";

/**
 * Files that mean harm. Each is refused with a sentence, or loads and then encodes a text that would bring a careless
 * reader down. No clock is looked at: what a file can cost is bounded by how much text and how many nodes it may make,
 * and those are what the tests count.
 */
type Json = Record<string, unknown>;

const folder = new URL("../../fixtures/tokenizer/", import.meta.url);
const deberta = JSON.parse(readFileSync(new URL("deberta.json", folder), "utf8"));
const roberta = JSON.parse(readFileSync(new URL("roberta.json", folder), "utf8")).tokenizer;
const many = 2 ** 20 + 1;

const bytes = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };
const wordPiece = (vocab: Json = { "[UNK]": 0, a: 1 }, more: Json = {}) => ({
	pre_tokenizer: { type: "BertPreTokenizer" },
	model: { type: "WordPiece", unk_token: "[UNK]", vocab },
	...more,
});
const bpe = (model: Json, more: Json = {}) => ({
	pre_tokenizer: { type: "ByteLevel" },
	model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"], ...model },
	...more,
});
const unigram = (model: Json, more: Json = {}) => ({
	pre_tokenizer: { type: "Metaspace", replacement: "\u2581", prepend_scheme: "always" },
	model: {
		type: "Unigram",
		unk_id: 0,
		vocab: [
			["<unk>", 0],
			["a", -1],
		],
		...model,
	},
	...more,
});
const pattern = (regex: string) => ({
	...roberta,
	pre_tokenizer: {
		type: "Sequence",
		pretokenizers: [{ type: "Split", pattern: { Regex: regex }, behavior: "Isolated" }, bytes],
	},
});
const normalizer = (value: unknown) => unigram({}, { normalizer: value });
const replace = (wanted: string, content: string) => ({ type: "Replace", pattern: { String: wanted }, content });
const nested = (type: string, list: string, depth: number, inner: Json): Json =>
	depth === 0 ? inner : { type, [list]: [nested(type, list, depth - 1, inner)] };
const charsmap = (...words: number[]) => {
	const units = Buffer.alloc(4 * words.length);
	for (const [index, word] of words.entries()) units.writeUInt32LE(word >>> 0, 4 * index);
	return units;
};
const precompiled = (map: Uint8Array) =>
	normalizer({ type: "Precompiled", precompiled_charsmap: Buffer.from(map).toString("base64") });
const added = (...tokens: Json[]) => wordPiece({ "[UNK]": 0, a: 1 }, { added_tokens: tokens });

const refused: [string, () => unknown][] = [
	// Patterns that a backtracking engine would run forever.
	["nested repetition", () => pattern("(a+)+$")],
	["alternation in repetition", () => pattern("(a|a)*b")],
	["a back-reference", () => pattern("(a*)\\1*b")],
	["nested counts", () => pattern("((a{1,999}){1,999}){1,999}")],
	["a huge count", () => pattern("a{99999999}")],
	["lookbehind", () => pattern("(?<=a+)b")],
	["recursion", () => pattern("(?<x>a\\g<x>?b)")],
	["an empty match", () => pattern("a*")],
	["a class without an end", () => pattern("[a-")],
	["a class turned round", () => pattern("[z-a]")],
	["a class of classes", () => pattern("[a[b]]")],
	["a property that is none", () => pattern("\\p{Script_Extensions=Greek}")],
	["a pattern of a million characters", () => pattern(`[${"a".repeat(1_000_000)}]`)],
	["a pattern that is no text", () => pattern(7 as never)],
	["a GPT-2 pattern with one sign more", () => pattern(" ?\\p{L}+| ?\\p{N}+|(\\s+)+")],
	["an empty text to look for", () => normalizer(replace("", "x"))],
	["a reference to a group", () => normalizer({ type: "Replace", pattern: { Regex: "a+" }, content: "$0$0" })],
	// Memory.
	[
		"replacements that grow each other",
		() => normalizer({ type: "Sequence", normalizers: Array.from({ length: 12 }, () => replace("a", "aa".repeat(8))) }),
	],
	["one replacement that makes a book of a letter", () => normalizer(replace("a", "a".repeat(4000)))],
	["a prefix that is a book", () => normalizer({ type: "Prepend", prepend: "a".repeat(4000) })],
	["normalizers in normalizers", () => normalizer(nested("Sequence", "normalizers", 200, { type: "NFC" }))],
	[
		"a thousand normalizers",
		() => normalizer({ type: "Sequence", normalizers: Array.from({ length: 1000 }, () => ({ type: "NFKC" })) }),
	],
	[
		"pre-tokenizers in pre-tokenizers",
		() => unigram({}, { pre_tokenizer: nested("Sequence", "pretokenizers", 200, { type: "Digits" }) }),
	],
	[
		"a thousand pre-tokenizers",
		() =>
			unigram(
				{},
				{
					pre_tokenizer: { type: "Sequence", pretokenizers: Array.from({ length: 1000 }, () => ({ type: "Digits" })) },
				},
			),
	],
	["decoders in decoders", () => unigram({}, { decoder: nested("Sequence", "decoders", 5000, { type: "Fuse" }) })],
	[
		"post-processors in post-processors",
		() => wordPiece(undefined, { post_processor: nested("Sequence", "processors", 5000, { type: "ByteLevel" }) }),
	],
	[
		"more tokens than any vocabulary",
		() => wordPiece(Object.fromEntries(Array.from({ length: many }, (_, id) => [`t${id}`, id]))),
	],
	["more pieces than any vocabulary", () => unigram({ vocab: Array.from({ length: many }, () => ["a", 0]) })],
	["more merges than any vocabulary", () => bpe({ merges: Array.from({ length: many }, () => "a b") })],
	[
		"more added tokens than any vocabulary",
		() => wordPiece(undefined, { added_tokens: Array.from({ length: many }, () => ({ id: 5, content: "x" })) }),
	],
	["a token of a million characters", () => wordPiece({ "[UNK]": 0, ["a".repeat(1_000_000)]: 1 })],
	[
		"a piece of a thousand characters",
		() =>
			unigram({
				vocab: [
					["<unk>", 0],
					["a".repeat(1000), 0],
				],
			}),
	],
	["an added token of a thousand characters", () => added({ id: 5, content: "a".repeat(1000) })],
	[
		"words of any length",
		() =>
			wordPiece(undefined, {
				model: { type: "WordPiece", vocab: { "[UNK]": 0 }, max_input_chars_per_word: 2 ** 31 - 1 },
			}),
	],
	// Ids.
	["an id past the end of memory", () => wordPiece({ "[UNK]": 0, a: 2 ** 31 - 1 })],
	["a negative id", () => wordPiece({ "[UNK]": 0, a: -1 })],
	["an id that is not whole", () => wordPiece({ "[UNK]": 0, a: 0.5 })],
	["an id twice", () => wordPiece({ "[UNK]": 0, a: 0 })],
	["an added token's negative id", () => added({ id: -1, content: "x" })],
	["an added token's enormous id", () => added({ id: 2 ** 30, content: "x" })],
	["two added tokens with one id", () => added({ id: 5, content: "x" }, { id: 5, content: "y" })],
	["an added token listed twice", () => added({ id: 5, content: "x" }, { id: 5, content: "x" })],
	["an added token in the place of another", () => added({ id: 1, content: "x" })],
	["an added token that is half a character", () => added({ id: 5, content: "\ud800" })],
	["an unk_id past the end", () => unigram({ unk_id: 2 })],
	["a negative unk_id", () => unigram({ unk_id: -1 })],
	["no unk_id", () => unigram({ unk_id: null })],
	["a merge of a token that is none", () => bpe({ merges: ["a c"] })],
	["a merge into a token that is none", () => bpe({ merges: ["b a"] })],
	["a merge of Object's prototype", () => bpe({ merges: [["__proto__", "constructor"]] })],
	["a merge listed twice", () => bpe({ merges: ["a b", "a b"] })],
	["a merge of objects", () => bpe({ merges: [[{}, {}]] })],
	[
		"scores that are no numbers",
		() =>
			unigram({
				vocab: [
					["<unk>", 0],
					["a", "0"],
				],
			}),
	],
	[
		"a score past all numbers",
		() =>
			unigram({
				vocab: [
					["<unk>", 0],
					["a", Number.POSITIVE_INFINITY],
				],
			}),
	],
	["pieces that are no pairs", () => unigram({ vocab: { a: 0 } })],
	// Names of Object's prototype where a table is asked.
	["a normalizer of Object's prototype", () => normalizer({ type: "constructor" })],
	["a normalizer without a type", () => normalizer({ __proto__: null })],
	["a pre-tokenizer of Object's prototype", () => unigram({}, { pre_tokenizer: { type: "__proto__" } })],
	[
		"a behavior of Object's prototype",
		() => unigram({}, { pre_tokenizer: { type: "Punctuation", behavior: "valueOf" } }),
	],
	["a model of Object's prototype", () => ({ model: { type: "toString" } })],
	// Character maps.
	["a character map that is no base64", () => normalizer({ type: "Precompiled", precompiled_charsmap: "\u00e9" })],
	["an empty character map", () => precompiled(new Uint8Array(1))],
	["a trie longer than its map", () => precompiled(charsmap(1000, 0))],
	["a trie that ends inside a unit", () => precompiled(Buffer.concat([charsmap(5), Buffer.alloc(9)]))],
	["a map without replacements", () => precompiled(charsmap(4, 0))],
	["a map whose replacement has no end", () => precompiled(Buffer.concat([charsmap(4, 0), Buffer.from("abc")]))],
	[
		"a map that puts a book for a letter",
		() => precompiled(Buffer.concat([charsmap(4, 0), Buffer.alloc(4000, 97), Buffer.alloc(1)])),
	],
];

describe("a tokenizer file that means harm is refused with a sentence", () => {
	it("of which there are sixty and more", () => assert.ok(refused.length >= 60, String(refused.length)));
	for (const [what, make] of refused) {
		it(what, () => {
			assert.throws(
				() => loadTokenizer(make()),
				(error) =>
					isError(error, "tokenizerInvalid") &&
					/^The tokenizer file cannot be used: .{10,300}\. Use /.test(error.message),
			);
		});
	}

	const files: [string, TokenizerFiles][] = [
		[
			"JSON nested a hundred thousand deep",
			{ tokenizerJson: `{"model": ${"[".repeat(100_000)}${"]".repeat(100_000)}}` },
		],
		[
			"a comment of objects nested as deep",
			{ tokenizerJson: `{"x": ${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}` },
		],
		["vocab.json with the same id twice", { vocabJson: '{"a": 0, "b": 0}', mergesTxt: "" }],
		["vocab.txt of more lines than any vocabulary", { vocabTxt: "a\n".repeat(many) }],
		["merges.txt of more lines than any vocabulary", { vocabJson: '{"a": 0}', mergesTxt: "a b\n".repeat(many) }],
	];
	for (const [what, content] of files) {
		it(what, () => {
			assert.throws(
				() => tokenizerJsonOf(content, "roberta"),
				(error) => isError(error, "tokenizerInvalid"),
			);
		});
	}
});

/** The pieces of a text, of which a tokenizer may make no more than three for each byte. */
function encode(tokenizer: Tokenizer, text: string): string[] {
	const { ids, starts, ends } = tokenizer.encode(text, { parseSpecial: true });
	assert.ok(ids.length <= 3 * Buffer.byteLength(text) + 64);
	for (let index = 0; index < ids.length; index++)
		assert.ok(starts[index]! < ends[index]! && ends[index]! <= text.length);
	return Array.from(ids, (id) => tokenizer.token(id));
}

describe("a tokenizer file that is odd is loaded within limits", () => {
	it("tokens named as Object's prototype names things", () => {
		const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
		const vocab: Json = JSON.parse(`{"[UNK]": 0, ${names.map((name, index) => `"${name}": ${index + 1}`).join(",")}}`);
		const tokenizer = loadTokenizer(wordPiece(vocab, { pre_tokenizer: { type: "WhitespaceSplit" } }));
		assert.deepEqual(encode(tokenizer, names.join(" ")), names);
		assert.equal(tokenizer.idOf("valueOf"), undefined);
		assert.equal(Object.hasOwn({}, "constructor"), false);
	});

	it("an id far behind the others leaves holes", () => {
		const tokenizer = loadTokenizer(wordPiece({ "[UNK]": 0, a: 2 ** 20 - 1 }));
		assert.deepEqual(encode(tokenizer, "a b"), ["a", "[UNK]"]);
		assert.equal(tokenizer.token(500), "");
		assert.equal(tokenizer.decode([500, 2 ** 20, -1]), "");
	});

	it("a hundred thousand added tokens that begin alike cost no more than the longest of them", () => {
		const tokens = Array.from({ length: 100_000 }, (_, index) => ({
			id: index + 2,
			content: `aaaa${index}`,
			special: true,
		}));
		const tokenizer = loadTokenizer(added(...tokens));
		assert.deepEqual(encode(tokenizer, "a".repeat(100_000)), ["[UNK]"]);
		assert.equal(encode(tokenizer, "aaaa99 ".repeat(10_000)).length, 10_000);
	});

	it("pieces of every length of one letter, on a text of that letter", () => {
		const vocab = Array.from({ length: 512 }, (_, index): [string, number] => ["a".repeat(index + 1), -index]);
		const tokenizer = loadTokenizer(unigram({ vocab: [["<unk>", -1000], ...vocab] }, { pre_tokenizer: null }));
		assert.equal(encode(tokenizer, "a".repeat(20_000)).length, 20_000);
		const pieces = Object.fromEntries(
			vocab.map(([piece], index) => [`##${piece}`, index + 1]).filter(([piece]) => String(piece).length <= 512),
		);
		const words = { type: "WordPiece", vocab: { "[UNK]": 0, a: 1000, ...pieces }, max_input_chars_per_word: 65_536 };
		assert.ok(encode(loadTokenizer(wordPiece({}, { model: words })), `${"a".repeat(60_000)}b`).length === 1);
	});

	it("merges that join everything, on one word of a hundred thousand letters", () => {
		const letters = Array.from({ length: 12 }, (_, index) => "a".repeat(2 ** index));
		const vocab = Object.fromEntries(letters.map((token, id) => [token, id]));
		const merges = letters.slice(0, -1).map((token) => [token, token]);
		assert.equal(encode(loadTokenizer(bpe({ vocab, merges })), "a".repeat(102_400)).length, 50);
	});

	it("a Unigram piece twice: the last one counts", () => {
		const tokenizer = loadTokenizer(
			unigram({
				vocab: [
					["<unk>", 0],
					["\u2581a", -5],
					["\u2581a", -1],
				],
			}),
		);
		assert.deepEqual([...tokenizer.encode("a").ids], [2]);
	});

	it("character maps that point outside themselves change nothing", () => {
		const text = "a b \u00e9\ufb01 e\u0301";
		const plain = encode(loadTokenizer(unigram({})), text);
		for (const unit of [0xffffffff, 0x7fffffff, 0x00000300, 0x80000061, 0x00000161, 0xfffffd61]) {
			const trie = charsmap(4 * 256, ...Array.from({ length: 256 }, () => unit));
			const tokenizer = loadTokenizer(precompiled(Buffer.concat([trie, Buffer.from("\0\0")])));
			assert.deepEqual(encode(tokenizer, text).filter((piece) => piece !== "\u2581").length <= plain.length, true);
		}
	});

	it("a character map with any bit turned round", () => {
		const stage = deberta.normalizer.normalizers.find((one: Json) => one["type"] === "Precompiled");
		const map = Buffer.from(stage.precompiled_charsmap, "base64");
		let loaded = 0;
		for (let at = 0; at < 500; at++) {
			const changed = Buffer.from(map);
			changed[(at * 104_729) % changed.length]! ^= 1 << (at % 8);
			try {
				encode(loadTokenizer(precompiled(changed)), "the value e\u0301 \ufb01\u200b\u3000A\t");
				loaded++;
			} catch (error) {
				assert.ok(isError(error, "tokenizerInvalid"), String(error));
			}
		}
		assert.ok(loaded > 100);
	});

	it("a million marks on one letter", () => {
		for (const type of ["NFC", "NFD", "NFKC", "NFKD"]) {
			const tokenizer = loadTokenizer(unigram({}, { normalizer: { type } }));
			encode(tokenizer, `e${"\u0301\u0323".repeat(20_000)}`);
		}
	});

	it("a pattern that looks costly and is a run of one class", () => {
		const tokenizer = loadTokenizer(pattern("[^\\s\\p{L}\\-\\]x-z]{2,7}"));
		assert.ok(encode(tokenizer, "11111111 aa--11111111xyz".repeat(100)).length > 0);
	});
});
