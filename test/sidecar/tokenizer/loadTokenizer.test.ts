import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";

type Json = { [key: string]: Json } & Json[] & (string | number | boolean | null);

function bpe(): Json {
	const trained = trainByteLevelBpe(["value value value"], { vocabularySize: 264 });
	return JSON.parse(JSON.stringify(trained.toJSON()));
}

function wordPiece(vocab: Record<string, number> = { "[UNK]": 0, a: 1, "##b": 2, constructor: 3 }): Json {
	return JSON.parse(
		JSON.stringify({
			added_tokens: [],
			normalizer: { type: "BertNormalizer" },
			pre_tokenizer: { type: "BertPreTokenizer" },
			model: { type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##", vocab },
		}),
	);
}

function changed(json: Json, path: string, value: unknown): unknown {
	const keys = path.split(".");
	let part = json;
	for (const key of keys.slice(0, -1)) part = part[key] as Json;
	part[keys.at(-1)!] = value as Json;
	return json;
}

describe("a file that cannot be used", () => {
	const cases: [string, unknown][] = [
		["null", null],
		["a list", []],
		["a text", "tokenizer"],
		["no model", {}],
		["an unknown model", changed(bpe(), "model.type", "Unigram")],
		["no vocabulary", changed(bpe(), "model.vocab", null)],
		["a list as vocabulary", changed(bpe(), "model.vocab", [["a", 0]])],
		["an empty vocabulary", changed(wordPiece(), "model.vocab", {})],
		["a negative id", changed(wordPiece(), "model.vocab.a", -1)],
		["a fractional id", changed(wordPiece(), "model.vocab.a", 1.5)],
		["a huge id", changed(wordPiece(), "model.vocab.a", 2 ** 40)],
		["an id as text", changed(wordPiece(), "model.vocab.a", "1")],
		["two tokens with one id", changed(wordPiece(), "model.vocab.a", 2)],
		["a merge of an unknown token", changed(bpe(), "model.merges", [["nope", "x"]])],
		["a merge of one token", changed(bpe(), "model.merges", ["value"])],
		["a merge of numbers", changed(bpe(), "model.merges", [[1, 2]])],
		["a merge of three", changed(bpe(), "model.merges", ["a b c"])],
		["dropout", changed(bpe(), "model.dropout", 0.1)],
		["byte fallback", changed(bpe(), "model.byte_fallback", true)],
		["a word's end suffix", changed(bpe(), "model.end_of_word_suffix", "</w>")],
		["an unknown normalizer for BPE", changed(bpe(), "normalizer", { type: "Replace" })],
		["an unknown normalizer for WordPiece", changed(wordPiece(), "normalizer", { type: "ByteLevel" })],
		["an unknown pre-tokenizer", changed(bpe(), "pre_tokenizer", { type: "Metaspace" })],
		["no pre-tokenizer", changed(bpe(), "pre_tokenizer", null)],
		["an unknown pre-tokenizer for WordPiece", changed(wordPiece(), "pre_tokenizer", { type: "UnicodeScripts" })],
		["a longer sequence", changed(bpe(), "pre_tokenizer.pretokenizers.2", { type: "ByteLevel" })],
		["a hostile pattern", changed(bpe(), "pre_tokenizer.pretokenizers.0.pattern.Regex", "(a+)+$")],
		["a split of unknown behavior", changed(bpe(), "pre_tokenizer.pretokenizers.0.behavior", "toString")],
		["an unknown token that is missing", changed(wordPiece(), "model.unk_token", "<nope>")],
		["another prefix", changed(wordPiece(), "model.continuing_subword_prefix", "@@")],
		["an added token without content", changed(wordPiece(), "added_tokens", [{ id: 5 }])],
		["an empty added token", changed(wordPiece(), "added_tokens", [{ id: 5, content: "" }])],
		["an added token against the vocabulary", changed(wordPiece(), "added_tokens", [{ id: 5, content: "a" }])],
		["an added token with an id taken", changed(wordPiece(), "added_tokens", [{ id: 1, content: "x", special: true }])],
		["an added token that is no object", changed(wordPiece(), "added_tokens", [3])],
		["a flag that is a number", changed(wordPiece(), "normalizer.lowercase", 1)],
	];
	for (const [what, json] of cases) {
		it(`is refused with a sentence: ${what}`, () => {
			assert.throws(
				() => loadTokenizer(json),
				(error) => {
					assert.ok(isError(error, "tokenizerInvalid"), String(error));
					assert.match(error.message, /^The tokenizer file cannot be used: .+\. Use the tokenizer\.json of /);
					return true;
				},
			);
		});
	}
});

describe("special tokens", () => {
	it("are missed only where they are needed", () => {
		const tokenizer = loadTokenizer(wordPiece());
		assert.equal(tokenizer.specialId("mask"), undefined);
		assert.deepEqual({ ...tokenizer.special }, { unk: 0 });
		for (const read of [() => tokenizer.special.mask, () => tokenizer.maskToken]) {
			assert.throws(read, (error) => isError(error, "tokenizerInvalid") && error.message.includes("no mask token"));
		}
	});

	it("are named by special_tokens_map.json", () => {
		const map = { mask_token: { content: "a" }, pad_token: "##b" };
		const tokenizer = loadTokenizer(wordPiece(), { specialTokensMap: map });
		assert.deepEqual({ ...tokenizer.special }, { unk: 0, mask: 1, pad: 2 });
		assert.equal(tokenizer.maskToken, "a");
	});
});

describe("names of Object's prototype", () => {
	it("are words like others", () => {
		const json: unknown = JSON.parse(JSON.stringify(wordPiece()).replace('"a":1', '"__proto__":1,"proto":9,"_":8'));
		const tokenizer = loadTokenizer(json);
		assert.equal(tokenizer.idOf("__proto__"), 1);
		assert.equal(tokenizer.idOf("toString"), undefined);
		assert.deepEqual([...tokenizer.encode("constructor toString __proto__").ids], [3, 0, 8, 8, 9, 8, 8]);
	});
});
