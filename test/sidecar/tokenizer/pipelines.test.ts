import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../../../sidecar/tokenizer/tokenizer.ts";

interface Golden {
	readonly name: string;
	readonly base: "roberta" | "uncased" | "deberta";
	readonly parts: object;
	readonly cases: readonly {
		readonly text: string;
		readonly ids: readonly number[];
		readonly starts: readonly number[];
		readonly ends: readonly number[];
	}[];
}

const folder = new URL("../../fixtures/tokenizer/", import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
const bases = { roberta: read("roberta").tokenizer, uncased: read("uncased").tokenizer, deberta: read("deberta") };
const goldens: readonly Golden[] = read("pipelines");

function load({ base, parts }: Golden): Tokenizer {
	return loadTokenizer({ ...bases[base], ...parts });
}

describe("tokenizers with stages of every kind", () => {
	for (const golden of goldens) {
		it(`${golden.name}: the ids of Hugging Face's library, and offsets that hold its own`, () => {
			const tokenizer = load(golden);
			for (const { text, ids, starts, ends } of golden.cases) {
				const found = tokenizer.encode(text, { parseSpecial: true });
				assert.deepEqual([...found.ids], ids, JSON.stringify(text));
				// Where several characters became one ours come from all of them, and the library's from one.
				for (const index of ids.keys()) {
					const held = found.starts[index]! <= starts[index]! && found.ends[index]! >= ends[index]!;
					const same = found.starts[index] === starts[index] && found.ends[index] === ends[index];
					assert.ok(same || (held && mayJoin(text, golden)), `${JSON.stringify(text)}: piece ${index}`);
				}
			}
		});
	}
});

/** Whether something in a text is joined: a blank run of DeBERTa's, or what a Unicode form makes one of. */
function mayJoin(text: string, { base, parts }: Golden): boolean {
	const normalizer = JSON.stringify("normalizer" in parts ? parts.normalizer : bases[base].normalizer);
	return (
		(/"NFK?[CD]"/.test(normalizer) && /[^\0-\x7f]/.test(text)) ||
		(/\{2,\}/.test(normalizer) && /\s\s|\u200b|\u3000|\u0301/.test(text))
	);
}

/** Any UTF-16 code units, lone surrogates among them, with what the stages look for more often than chance. */
const anyText = fc
	.array(
		fc.oneof(
			fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
			fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
			fc.constantFrom(
				" ",
				"  ",
				"\t",
				"\n",
				"\r\n",
				"value",
				"Zebra",
				"\u00e9",
				"e\u0301",
				"\u2581",
				"\u0300",
				"\uff9e",
			),
			fc.constantFrom(
				"\u6f22",
				"\ud83d\ude00",
				"'s",
				"1234",
				"_",
				"\u00c9t\u00e9",
				"[MASK]",
				"<mask>",
				"<tab>",
				"\ufb01",
			),
		),
		{ maxLength: 30 },
	)
	.map((parts) => parts.join(""));

describe("any text", () => {
	for (const golden of goldens) {
		it(`${golden.name}: has pieces whose offsets ascend within it, and which decode`, () => {
			const tokenizer = load(golden);
			fc.assert(
				fc.property(anyText, fc.boolean(), (text, parseSpecial) => {
					const { ids, starts, ends } = tokenizer.encode(text, { parseSpecial });
					for (let index = 0; index < ids.length; index++) {
						assert.ok(ids[index]! >= 0 && ids[index]! < tokenizer.vocabularySize);
						assert.ok(starts[index]! >= 0 && starts[index]! < ends[index]! && ends[index]! <= text.length);
						assert.ok(index === 0 || (starts[index]! >= starts[index - 1]! && ends[index]! >= ends[index - 1]!));
					}
					assert.equal(typeof tokenizer.decode(ids), "string");
					assert.deepEqual(tokenizer.encode(text, { parseSpecial }).ids, ids);
				}),
				{ numRuns: 150 },
			);
		});
	}

	it("is covered by the offsets of byte-level and Unigram pieces, but for what is stripped or removed", () => {
		const covering = goldens.filter(
			({ name, base }) => base === "roberta" && /before bytes|digits|pattern|capitals/.test(name),
		);
		assert.equal(covering.length, 8);
		for (const golden of covering) {
			const tokenizer = load(golden);
			fc.assert(
				fc.property(anyText, (text) => {
					const { starts, ends } = tokenizer.encode(text);
					let reached = 0;
					for (let index = 0; index < starts.length; index++) {
						assert.ok(starts[index]! <= reached, `${golden.name}: nothing stands for ${reached} to ${starts[index]}`);
						reached = Math.max(reached, ends[index]!);
					}
					assert.equal(reached, text.length);
				}),
				{ numRuns: 150 },
			);
		}
	});
});
