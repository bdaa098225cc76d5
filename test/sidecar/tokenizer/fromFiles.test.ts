import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { type TokenizerFiles, tokenizerJsonOf } from "../../../sidecar/tokenizer/fromFiles.ts";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../../../sidecar/tokenizer/tokenizer.ts";

const vocabTxt = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nname\n##s\nThe\né\ne\n漢\n字\n漢字\n(\n";

const vocab = { "<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 4, h: 5, i: 6, Ġ: 7, hi: 8, Ġhi: 9, "!": 10 };
const bpe = { vocabJson: JSON.stringify(vocab), mergesTxt: "#version: 0.2\nh i\nĠ hi\n" };

function load(files: TokenizerFiles, modelType = "bert"): Tokenizer {
	return loadTokenizer(tokenizerJsonOf(files, modelType));
}

function tokensOf(tokenizer: Tokenizer, text: string): string[] {
	return Array.from(tokenizer.encode(text, { parseSpecial: true }).ids, (id) => tokenizer.token(id));
}

describe("vocab.txt", () => {
	it("becomes WordPiece with BERT's special tokens", () => {
		const tokenizer = load({ vocabTxt });
		assert.equal(tokenizer.kind, "wordpiece");
		assert.equal(tokenizer.vocabularySize, 15);
		assert.deepEqual({ ...tokenizer.special }, { cls: 2, sep: 3, mask: 4, pad: 0, unk: 1 });
		assert.deepEqual(tokensOf(tokenizer, "the names([MASK])"), ["the", "name", "##s", "(", "[MASK]", "[UNK]"]);
	});

	it("has its ids by the line, whatever ends the lines", () => {
		for (const text of [vocabTxt.replaceAll("\n", "\r\n"), vocabTxt.trimEnd(), vocabTxt.replaceAll("\n", "\r")]) {
			assert.deepEqual(load({ vocabTxt: text }).encode("the name").ids, load({ vocabTxt }).encode("the name").ids);
		}
	});

	it("is lowercased, stripped and cut as tokenizer_config.json says", () => {
		const cases: [object, string[]][] = [
			[{ do_lower_case: false }, ["The", "é", "漢", "字"]],
			[{ do_lower_case: true }, ["the", "e", "漢", "字"]],
			[{ do_lower_case: true, strip_accents: false }, ["the", "é", "漢", "字"]],
			[{ do_lower_case: true, tokenize_chinese_chars: false }, ["the", "e", "漢字"]],
		];
		for (const [settings, tokens] of cases) {
			const tokenizer = load({ vocabTxt, tokenizerConfig: JSON.stringify(settings) });
			assert.deepEqual(tokensOf(tokenizer, "The é 漢字"), tokens, JSON.stringify(settings));
		}
	});

	it("is cased by itself when it has pieces with capitals, and uncased otherwise", () => {
		assert.deepEqual(tokensOf(load({ vocabTxt }), "The"), ["The"]);
		assert.deepEqual(tokensOf(load({ vocabTxt: vocabTxt.replace("The\n", "that\n") }), "The"), ["the"]);
	});
});

describe("vocab.json with merges.txt", () => {
	it("becomes RoBERTa's byte-level BPE, whose mask takes the blank on its left", () => {
		const tokenizer = load(bpe, "roberta");
		assert.equal(tokenizer.kind, "bpe");
		assert.deepEqual({ ...tokenizer.special }, { cls: 0, sep: 2, mask: 4, pad: 1, unk: 3 });
		assert.deepEqual(tokensOf(tokenizer, "hi hi <mask>!"), ["hi", "Ġhi", "<mask>", "!"]);
		assert.deepEqual([...tokenizer.encode("hi <mask>!", { parseSpecial: true }).starts], [0, 2, 9]);
	});

	it("adds a blank before the text when add_prefix_space says so", () => {
		assert.deepEqual(tokensOf(load({ ...bpe, tokenizerConfig: '{"add_prefix_space": true}' }), "hi"), ["Ġhi"]);
	});

	it("takes a merges.txt without a version line whole", () => {
		assert.deepEqual(tokensOf(load({ ...bpe, mergesTxt: "h i\r\nĠ hi\r\n" }), " hi"), ["Ġhi"]);
	});
});

describe("spm.model", () => {
	const at = (file: string) => new URL(`../../fixtures/tokenizer/${file}`, import.meta.url);
	const sentencePiece = new Uint8Array(readFileSync(at("deberta.spm.model")));

	it("becomes DeBERTa's Unigram with a mask behind its pieces", () => {
		const tokenizer = load({ sentencePiece }, "deberta-v2");
		assert.equal(tokenizer.kind, "unigram");
		assert.deepEqual({ ...tokenizer.special }, { cls: 1, sep: 2, mask: 400, pad: 0, unk: 3 });
		const { ids, starts, ends } = tokenizer.encode("the [MASK] e\u0301", { parseSpecial: true });
		assert.deepEqual(
			Array.from(ids, (id, index) => [tokenizer.tokenText(id), starts[index], ends[index]]),
			[
				[" the", 0, 3],
				["[MASK]", 4, 10],
				[" ", 11, 13],
				["e", 11, 13],
			],
		);
		assert.equal(tokenizer.decode(ids), "the[MASK] e");
	});

	it("takes the names of its special pieces for text unless they are to be parsed", () => {
		const tokenizer = load({ sentencePiece }, "deberta-v2");
		assert.ok([...tokenizer.encode("[CLS] [UNK]").ids].every((id) => id === 3 || !tokenizer.specialIds.has(id)));
		assert.equal(tokenizer.encode("[CLS]", { parseSpecial: true }).ids[0], 1);
	});

	it("gives the ids of SentencePiece itself", () => {
		const tokenizer = load({ sentencePiece }, "deberta-v2");
		// By spm_encode of Debian's sentencepiece 0.1.97.
		for (const [text, ids] of spmIds) assert.deepEqual([...tokenizer.encode(text).ids], ids, text);
	});

	it("is lowercased and cut at punctuation as tokenizer_config.json says", () => {
		const tokenizerConfig = '{"split_by_punct": true, "do_lower_case": true}';
		const golden: unknown = JSON.parse(readFileSync(at("deberta.json"), "utf8"));
		const made = tokenizerJsonOf({ sentencePiece, tokenizerConfig }, "deberta-v2");
		assert.deepEqual(JSON.parse(JSON.stringify(made)), golden);
	});

	it("is refused with a sentence when it is cut short, of another kind, or of another model", () => {
		const refused = (bytes: Uint8Array, modelType = "deberta-v2") =>
			assert.throws(
				() => load({ sentencePiece: bytes }, modelType),
				(error) => isError(error, "tokenizerInvalid"),
			);
		refused(sentencePiece, "xlm-roberta");
		refused(new Uint8Array(0));
		refused(sentencePiece.slice(0, -1));
		refused(sentencePiece.slice(1));
		refused(Uint8Array.of(10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255));
		refused(Uint8Array.of(18, 2, 24, 2)); // trainer_spec.model_type = BPE
		for (let at = 0; at < 400; at++) {
			const changed = sentencePiece.slice();
			changed[(at * 7919) % changed.length]! ^= 1 << (at % 8);
			try {
				load({ sentencePiece: changed }, "deberta-v2").encode("the name e\u0301 \ufb01");
			} catch (error) {
				assert.ok(isError(error, "tokenizerInvalid"), String(error));
			}
		}
	});
});

describe("the files that name special tokens", () => {
	const forms: [string, TokenizerFiles][] = [
		["a text in special_tokens_map.json", { specialTokensMap: '{"mask_token": "!"}' }],
		[
			"an object in special_tokens_map.json",
			{ specialTokensMap: '{"mask_token": {"content": "!", "lstrip": false, "normalized": false}}' },
		],
		["a text in tokenizer_config.json", { tokenizerConfig: '{"mask_token": "!"}' }],
		[
			"an object in tokenizer_config.json",
			{ tokenizerConfig: '{"mask_token": {"__type": "AddedToken", "content": "!", "lstrip": false}}' },
		],
		[
			"added_tokens_decoder",
			{
				tokenizerConfig: JSON.stringify({
					mask_token: "!",
					added_tokens_decoder: { 10: { content: "!", lstrip: false, special: true } },
				}),
			},
		],
		["added_tokens.json", { addedTokens: '{"!": 10}', specialTokensMap: '{"mask_token": "!"}' }],
	];
	for (const [form, files] of forms) {
		it(`may be ${form}`, () => {
			const tokenizer = load({ ...bpe, ...files }, "roberta");
			assert.equal(tokenizer.maskToken, "!");
			assert.equal(tokenizer.special.mask, 10);
			assert.ok(tokenizer.specialIds.has(10));
			// It stays so when the file is written and read again.
			const written: unknown = JSON.parse(JSON.stringify(tokenizer.toJSON()));
			assert.equal(loadTokenizer(written).special.mask, 10);
			// As it does in a folder that has a tokenizer.json.
			const json = JSON.stringify(tokenizerJsonOf({ ...bpe, addedTokens: '{"!": 10}' }, "roberta"));
			assert.equal(load({ ...files, tokenizerJson: json }).special.mask, 10);
		});
	}

	it("give flags, and ids behind the vocabulary to tokens that it lacks", () => {
		const tokenizer = load({
			...bpe,
			specialTokensMap: JSON.stringify({
				mask_token: { content: "<mask>", lstrip: false, rstrip: true },
				additional_special_tokens: ["<encoder-only>", { content: "<decoder-only>" }],
			}),
		});
		assert.equal(tokenizer.vocabularySize, 13);
		assert.deepEqual(tokensOf(tokenizer, "<encoder-only>hi<decoder-only>"), ["<encoder-only>", "hi", "<decoder-only>"]);
		const { starts, ends } = tokenizer.encode("hi <mask> hi", { parseSpecial: true });
		assert.deepEqual(
			[[...starts], [...ends]],
			[
				[0, 2, 3, 10],
				[2, 3, 10, 12],
			],
		);
	});

	it("are taken as they are read: null is nothing", () => {
		const files = {
			specialTokensMap: '{"mask_token": null, "bos_token": "<s>"}',
			tokenizerConfig: '{"pad_token": null}',
		};
		assert.equal(load({ ...bpe, ...files }).special.mask, 4);
	});
});

describe("files that cannot be used", () => {
	const cases: [string, TokenizerFiles][] = [
		["none at all", {}],
		["vocab.json alone", { vocabJson: bpe.vocabJson }],
		["merges.txt alone", { mergesTxt: bpe.mergesTxt }],
		["tokenizer.json cut short", { tokenizerJson: '{"model": {' }],
		["tokenizer.json that is a list", { tokenizerJson: "[]", specialTokensMap: '{"mask_token": "!"}' }],
		["vocab.json that is a list", { ...bpe, vocabJson: "[]" }],
		["vocab.json with a text for an id", { ...bpe, vocabJson: '{"a": "1"}' }],
		["vocab.txt that is empty", { vocabTxt: "" }],
		["tokenizer_config.json that is no JSON", { vocabTxt, tokenizerConfig: "{" }],
		["do_lower_case that is a text", { vocabTxt, tokenizerConfig: '{"do_lower_case": "yes"}' }],
		["special_tokens_map.json that is a list", { vocabTxt, specialTokensMap: "[]" }],
		["a special token that is a number", { vocabTxt, specialTokensMap: '{"mask_token": 4}' }],
		["a special token without content", { vocabTxt, specialTokensMap: '{"mask_token": {}}' }],
		["added_tokens.json with a negative id", { vocabTxt, addedTokens: '{"x": -1}' }],
		["added_tokens.json with an enormous id", { vocabTxt, addedTokens: '{"x": 4000000000}' }],
		[
			"added_tokens_decoder with an id that is none",
			{ vocabTxt, tokenizerConfig: '{"added_tokens_decoder": {"__proto__": {}}}' },
		],
		[
			"two ids for a token",
			{ ...bpe, addedTokens: '{"x": 11}', tokenizerConfig: '{"added_tokens_decoder": {"12": {"content": "x"}}}' },
		],
	];
	for (const [what, files] of cases) {
		it(`are refused with a sentence: ${what}`, () => {
			assert.throws(
				() => tokenizerJsonOf(files, "bert"),
				(error) =>
					isError(error, "tokenizerInvalid") && /^The tokenizer file cannot be used: .+\. Use /.test(error.message),
			);
		});
	}
});

describe("real files", () => {
	const shared = process.env["MASKWRIGHT_SHARED"];
	const folder = shared === undefined ? new URL("../../../../shared/", import.meta.url) : new URL(`file://${shared}/`);
	const at = (file: string) => new URL(`data/tokenizers/${file}`, folder);
	const skip = existsSync(at("gpt2/merges.txt"))
		? false
		: "left out: no shared/data/tokenizers here (set MASKWRIGHT_SHARED)";
	const read = (file: string) => readFileSync(at(file), "utf8");
	const text = "    def __init__(self): # café 漢字 😀\n\treturn don't [MASK]";

	it("all-MiniLM-L6-v2: vocab.txt gives what tokenizer.json gives", { skip }, () => {
		const fromVocabulary = load({
			vocabTxt: read("all-MiniLM-L6-v2/vocab.txt"),
			tokenizerConfig: read("all-MiniLM-L6-v2/tokenizer_config.json"),
			specialTokensMap: read("all-MiniLM-L6-v2/special_tokens_map.json"),
		});
		const original = load({ tokenizerJson: read("all-MiniLM-L6-v2/tokenizer.json") });
		for (const parseSpecial of [false, true]) {
			assert.deepEqual(fromVocabulary.encode(text, { parseSpecial }), original.encode(text, { parseSpecial }));
		}
		assert.deepEqual({ ...fromVocabulary.special }, { ...original.special });
	});

	it("gpt2: vocab.json with merges.txt gives what tokenizer.json gives", { skip }, () => {
		const fromVocabulary = load({ vocabJson: read("gpt2/vocab.json"), mergesTxt: read("gpt2/merges.txt") }, "roberta");
		const original = load({ tokenizerJson: read("gpt2/tokenizer.json") });
		assert.deepEqual(fromVocabulary.encode(text), original.encode(text));
	});
});

const spmIds: readonly (readonly [string, readonly number[]])[] = [
	["return self.value  # the name", [46, 5, 6, 7, 24, 27, 8, 169, 152, 32, 143]],
	["ABC def: x = [1, 2]", [36, 132, 117, 5, 18, 7, 27, 12, 5, 79, 16, 200, 154, 10, 5, 108, 60]],
];
