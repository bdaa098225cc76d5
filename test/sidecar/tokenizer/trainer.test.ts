import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";

const snippet = `class Counter {
	static __proto__ = "constructor";
	constructor(start = 1000) {
		this.value = start; // größer
	}
	add(amount) {
		this.value += amount;
		return this.value;
	}
}
`;
const texts = [
	snippet,
	snippet.replaceAll("value", "total"),
	snippet.replaceAll("amount", "number"),
	"<mask> <mask> <mask>",
];

describe("training", () => {
	it("gives the same tokenizer from the same texts", () => {
		const [first, second] = [0, 1].map(() =>
			JSON.stringify(trainByteLevelBpe(texts, { vocabularySize: 330 }).toJSON()),
		);
		assert.equal(first, second);
	});

	it("gives a tokenizer that its own JSON restores", () => {
		const trained = trainByteLevelBpe(texts, { vocabularySize: 330 });
		const restored = loadTokenizer(JSON.parse(JSON.stringify(trained.toJSON())));
		assert.equal(trained.vocabularySize, 330);
		assert.deepEqual(restored.encode(snippet), trained.encode(snippet));
		assert.deepEqual(restored.toJSON(), trained.toJSON());
		assert.deepEqual({ ...restored.special }, { cls: 0, pad: 1, sep: 2, unk: 3, mask: 4 });
	});

	it("makes names of every kind into pieces, those of Object's prototype included", () => {
		const tokenizer = trainByteLevelBpe([snippet.repeat(5)], { vocabularySize: 333 });
		for (const name of [" __proto__", "constructor", " this"]) {
			const { ids } = tokenizer.encode(name);
			assert.deepEqual(
				[...ids].map((id) => tokenizer.tokenText(id)),
				[name],
			);
		}
		assert.equal(tokenizer.idOf("hasOwnProperty"), undefined);
	});

	it("never makes a piece that is spelled like a special token", () => {
		const options = { vocabularySize: 262, specialTokens: ["mask", "<s>"], minFrequency: 1 };
		const tokenizer = trainByteLevelBpe(["mask mask mask mask"], options);
		assert.ok(!tokenizer.encode("mask mask").ids.some((id) => tokenizer.specialIds.has(id)));
	});

	it("fits to what the text supports where that will do", () => {
		const largest = trainByteLevelBpe(texts, { vocabularySize: 8192, fits: true });
		const same = trainByteLevelBpe(texts, { vocabularySize: largest.vocabularySize });
		assert.deepEqual(largest.toJSON(), same.toJSON());
		assert.throws(() => trainByteLevelBpe(texts, { vocabularySize: largest.vocabularySize + 1 }));
		assert.equal(trainByteLevelBpe(["ab"], { vocabularySize: 8192, fits: true }).vocabularySize, 261);
	});

	it("puts no line break into a piece unless asked", () => {
		const breaks = (acrossLines: boolean) => {
			const tokenizer = trainByteLevelBpe(texts, { vocabularySize: 320, acrossLines });
			const pieces = Array.from({ length: 320 }, (_, id) => tokenizer.tokenText(id));
			return pieces.filter((piece) => piece.includes("\n") && piece.length > 1).length;
		};
		assert.equal(breaks(false), 0);
		assert.ok(breaks(true) > 0);
	});

	it("says how many pieces the text supports, and that many can be had", () => {
		assert.throws(
			() => trainByteLevelBpe(texts, { vocabularySize: 8192 }),
			(error) => {
				assert.ok(isError(error, "vocabularyTooLarge"));
				const largest = Number(error.data["largest"]);
				assert.match(
					error.message,
					new RegExp(`at most ${largest} pieces, and 8192 .*set vocabularySize to ${largest}`),
				);
				assert.equal(trainByteLevelBpe(texts, { vocabularySize: largest }).vocabularySize, largest);
				return true;
			},
		);
	});

	it("trains on no text at all when only the bytes are asked for", () => {
		const tokenizer = trainByteLevelBpe([], { vocabularySize: 261 });
		assert.equal(tokenizer.decode(tokenizer.encode("é").ids), "é");
	});

	it("refuses options that contradict each other", () => {
		for (const options of [
			{ vocabularySize: 260 },
			{ vocabularySize: 300.5 },
			{ vocabularySize: 300, minFrequency: 0 },
			{ vocabularySize: 300, specialTokens: ["<s>", "<s>"] },
			{ vocabularySize: 300, specialTokens: [""] },
			{ vocabularySize: 300, specialTokens: ["a"] },
			{ vocabularySize: 300, specialTokens: ["<\ud800>"] },
		]) {
			assert.throws(
				() => trainByteLevelBpe(texts, options),
				(error) => isError(error, "recipeInvalid"),
				JSON.stringify(options),
			);
		}
	});
});
