import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { fillText, firstPieceBits, likeliestPieces, piecesInPlace } from "../../../sidecar/inference/candidates.ts";
import { partsOf } from "../../../sidecar/inference/fill.ts";
import { fillPieces } from "../../../sidecar/inference/fillPieces.ts";
import type { LoadedModel } from "../../../sidecar/inference/loadedModel.ts";
import { findMasks } from "../../../sidecar/inference/maskedText.ts";
import { type Slot, type SlotContext, slotContext } from "../../../sidecar/inference/slotContext.ts";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../../../sidecar/tokenizer/tokenizer.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";

let tokenizer: Tokenizer;
let model: LoadedModel;

before(() => {
	const code = "def load(path):\n    return parse(path)\nx = foo(bar)\nif a == b:\n    a.foo = [1, 2]\n";
	tokenizer = trainByteLevelBpe([code.repeat(3)], { vocabularySize: 290, minFrequency: 2 });
	// What a window needs of a model: no weights are looked at.
	model = { tokenizer, fillPieces: fillPieces(tokenizer), sequenceLength: 40 } as LoadedModel;
});

/** The context of the mask number `index` of a text. */
function contextOf(text: string, options: { index?: number; reserve?: number; of?: LoadedModel } = {}) {
	const { index = 0, reserve = 6, of = model } = options;
	const parts = partsOf(text, findMasks(text, "<mask>"));
	const slot = parts.find((part): part is Slot => typeof part !== "string" && part.index === index)!;
	return slotContext(of, parts, { slot, reserve });
}

test("a window that reaches the text's ends begins with [CLS] and ends with [SEP]; others do not", () => {
	const { cls, sep } = tokenizer.special;
	const short = contextOf("x = [MASK](bar)");
	assert.equal(short.left[0], cls);
	assert.equal(short.right.at(-1), sep);
	const long = contextOf(`${"x = 1\n".repeat(50)}x = [MASK](bar)\n${"x = 1\n".repeat(50)}`);
	assert(!long.left.includes(cls) && !long.right.includes(sep));
	assert.equal(long.left.length + long.right.length, 34);
	const atStart = contextOf(`[MASK] = 1\n${"x = 1\n".repeat(50)}`);
	assert.deepEqual(atStart.left, [cls]);
	assert.equal(atStart.right.length, 33);
	const atEnd = contextOf(`${"x = 1\n".repeat(50)}[MASK]`);
	assert.deepEqual(atEnd.right, [sep]);
	assert.equal(atEnd.left.length, 33);
});

test("the blank before a mask belongs to the fill, and no other blank does", () => {
	for (const [text, lead, tail] of [
		["x = [MASK]", " ", "x ="],
		["x =  [MASK]", " ", "x = "],
		["x =\t[MASK]", "", "x =\t"],
		["x = \n[MASK]", "", "x = \n"],
		["foo([MASK])", "", "foo("],
		["[MASK]", "", ""],
		[" [MASK]", " ", ""],
	] as const) {
		const context = contextOf(text);
		assert.deepEqual([context.lead, context.tail], [lead, tail], text);
	}
});

test("other masks of the window are shown as masks, with as many pieces as they ask for", () => {
	const { mask } = tokenizer.special;
	const context = contextOf("x = [MASK] + [MASK*3]", { index: 0 });
	assert.equal(context.right.filter((id) => id === mask).length, 3);
	assert.deepEqual([...context.sees], [1]);
	const far = contextOf(`[MASK]${"x = 1\n".repeat(50)}[MASK]`, { index: 1 });
	assert.deepEqual([...far.sees], []);
});

test("left, fill and right together are what the tokenizer makes of the true text", () => {
	const word = fc.constantFrom("foo", "bar", "load", "zz", "x1", "_a", "é", "名前", "==", "+=", "[");
	const side = fc
		.array(
			fc.constantFrom(" ", "  ", "\t", "\n", "\r\n", "(", ")", "foo", "path", "=", ".", "1", "😀", "\uFEFF", "é"),
			{
				maxLength: 8,
			},
		)
		.map((parts) => parts.join(""));
	let compared = 0;
	fc.assert(
		fc.property(side, word, side, (left, truth, right) => {
			const context = contextOf(`${left}[MASK]${right}`, { of: { ...model, sequenceLength: 200 } });
			const pieces = piecesInPlace(model, context, truth);
			if (pieces === undefined) return;
			const { cls, sep } = tokenizer.special;
			const whole = [cls, ...tokenizer.encode(left + truth + right).ids, sep];
			const touches = /[\p{L}\p{M}\p{N}_]/u.test(left.slice(-1)) || /^[\p{L}\p{M}\p{N}_]/u.test(right);
			const punctuation = !/[\p{L}_]/u.test(truth);
			if (touches || punctuation) return; // a merge beside the mask may have cut the sides otherwise
			compared++;
			assert.deepEqual([...context.left, ...pieces, ...context.right], whole);
		}),
		{ numRuns: 500, seed: 1 },
	);
	assert(compared > 100);
});

test("a text that would merge with what touches it is refused", () => {
	assert.equal(piecesInPlace(model, contextOf("fo[MASK]"), "o"), undefined);
	assert.deepEqual(piecesInPlace(model, contextOf("x = [MASK](bar)"), "foo"), [...tokenizer.encode(" foo").ids]);
	assert.notEqual(piecesInPlace(model, contextOf("a [MASK] b"), "=="), undefined);
	assert.equal(piecesInPlace(model, contextOf("a [MASK]= b"), "="), undefined);
});

test("WordPiece keeps the blank before a mask, and its fills go on with a word only inside one", () => {
	const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "foo", "bar", "##bar", "x", "=", "(", ")"];
	const wordPiece = loadTokenizer({
		model: {
			type: "WordPiece",
			unk_token: "[UNK]",
			continuing_subword_prefix: "##",
			max_input_chars_per_word: 100,
			vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
		},
		normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
		pre_tokenizer: { type: "BertPreTokenizer" },
		added_tokens: vocabulary.slice(0, 5).map((content, id) => ({ id, content, special: true })),
	});
	const of = { tokenizer: wordPiece, fillPieces: fillPieces(wordPiece), sequenceLength: 40 } as LoadedModel;
	const ids = (tokens: string[]) => tokens.map((token) => vocabulary.indexOf(token));
	const context = contextOf("x = [MASK](x)", { of });
	assert.deepEqual([context.lead, context.tail], ["", "x = "]);
	assert.deepEqual(context.left, ids(["[CLS]", "x", "="]));
	assert.deepEqual(context.right, ids(["(", "x", ")", "[SEP]"]));
	assert.deepEqual(piecesInPlace(of, context, "foobar"), ids(["foo", "##bar"]));
	assert.equal(fillText(of, context, ids(["foo", "##bar"])), "foobar");
	const inWord = contextOf("foo[MASK]", { of });
	assert.deepEqual(piecesInPlace(of, inWord, "bar"), ids(["##bar"]));
	const chances = new Float32Array(vocabulary.length).fill(1);
	const first = (place: SlotContext) =>
		likeliestPieces(of, chances, { count: 20, bits: firstPieceBits(of, place, 1) }).map((id) => vocabulary[id]);
	assert.deepEqual(first(context).sort(), ["(", ")", "=", "bar", "foo", "x"]);
	assert.deepEqual(first(inWord), ["##bar"]);
});
