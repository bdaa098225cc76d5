import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import type { Encoding, Tokenizer } from "../../../sidecar/tokenizer/tokenizer.ts";

function load(name: string): Tokenizer {
	const golden = readFileSync(new URL(`../../fixtures/tokenizer/${name}.json`, import.meta.url), "utf8");
	return loadTokenizer(JSON.parse(golden).tokenizer);
}

/** Any UTF-16 code units, with blanks, words and surrogates more often than chance would have them. */
const anyText = fc
	.array(
		fc.oneof(
			fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
			fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
			fc.constantFrom(" ", "  ", "\t", "\n", "\r\n", "value", "self", "_", "é", "漢", "😀", "e\u0301", "'s", "12345"),
			fc.constantFrom("<mask>", "<s>", "[MASK]", "__proto__"),
		),
		{ maxLength: 40 },
	)
	.map((parts) => parts.join(""));

function assertOffsetsAreOrdered({ starts, ends }: Encoding, text: string): void {
	for (let index = 0; index < starts.length; index++) {
		assert.ok(starts[index]! >= 0 && starts[index]! <= ends[index]! && ends[index]! <= text.length);
		assert.ok(index === 0 || (starts[index]! >= starts[index - 1]! && ends[index]! >= ends[index - 1]!));
	}
}

/** Each piece begins where the one before ends, or within the character that both are a part of. */
function assertOffsetsTile({ starts, ends }: Encoding, text: string): void {
	const bounds = [0, ...ends];
	for (let index = 0; index < starts.length; index++) {
		const joins = starts[index] === bounds[index];
		const shares = starts[index]! < bounds[index]! && isOneCharacter(text.slice(starts[index], bounds[index]));
		assert.ok(joins || shares, `piece ${index} begins at ${starts[index]}, after ${bounds[index]}`);
	}
	assert.equal(bounds.at(-1), text.length);
}

function isOneCharacter(text: string): boolean {
	return [...text].length === 1;
}

describe("byte-level encoding", () => {
	const tokenizer = load("codeBpe");

	it("decodes to the text, whatever the text", () => {
		fc.assert(
			fc.property(anyText, fc.boolean(), (text, parseSpecial) => {
				assert.equal(tokenizer.decode(tokenizer.encode(text, { parseSpecial }).ids), text);
			}),
			{ numRuns: 2000 },
		);
	});

	it("has offsets that tile the text", () => {
		fc.assert(
			fc.property(anyText, (text) => {
				const encoding = tokenizer.encode(text);
				assertOffsetsAreOrdered(encoding, text);
				assertOffsetsTile(encoding, text);
			}),
			{ numRuns: 2000 },
		);
	});

	it("never joins a line break with anything but its other half", () => {
		fc.assert(
			fc.property(anyText, (text) => {
				for (const id of tokenizer.encode(text).ids) assert.match(tokenizer.tokenText(id), /^(\r\n|[\n\r]|[^\n\r]*)$/);
			}),
		);
	});

	it("gives the same pieces from a cold cache as from a warm one", () => {
		fc.assert(
			fc.property(anyText, (text) => {
				const first = tokenizer.encode(text);
				assert.deepEqual(tokenizer.encode(text), first);
			}),
		);
	});

	it("takes special strings for text unless they are to be parsed", () => {
		const text = "a <mask> b</s>";
		const plain = tokenizer.encode(text);
		assert.ok(plain.ids.every((id) => !tokenizer.specialIds.has(id)));
		const parsed = tokenizer.encode(text, { parseSpecial: true });
		const special = [...parsed.ids].filter((id) => tokenizer.specialIds.has(id));
		assert.deepEqual(special, [tokenizer.special.mask, tokenizer.special.sep]);
		assert.equal(tokenizer.decode(parsed.ids, { skipSpecial: true }), "a  b");
	});

	it("encodes one word of a million characters in a moment", () => {
		const text = "value".repeat(200_000);
		const started = process.cpuUsage().user;
		assert.equal(tokenizer.decode(tokenizer.encode(text).ids), text);
		assert.ok(process.cpuUsage().user - started < 10e6);
	});
});

describe("the prefix space of RoBERTa", () => {
	it("keeps offsets in the text", () => {
		const tokenizer = load("roberta");
		fc.assert(
			fc.property(anyText, (text) => {
				const encoding = tokenizer.encode(text);
				assertOffsetsAreOrdered(encoding, text);
				const expected = text === "" || text.startsWith(" ") ? text : ` ${text}`;
				assert.equal(tokenizer.decode(encoding.ids), expected);
			}),
		);
	});
});

describe("composed text (NFC)", () => {
	const tokenizer = load("modernBert");

	it("decodes to the composed form, with ordered offsets in the text as given", () => {
		fc.assert(
			fc.property(anyText, (text) => {
				const encoding = tokenizer.encode(text);
				assertOffsetsAreOrdered(encoding, text);
				assert.equal(tokenizer.decode(encoding.ids), text.normalize("NFC"));
			}),
		);
	});

	it("gives a composed character the offsets of all that it was made of", () => {
		const { starts, ends } = tokenizer.encode("xe\u0301y");
		assert.deepEqual([...starts], [0, 1, 1, 3]);
		assert.deepEqual([...ends], [1, 3, 3, 4]);
	});
});

describe("WordPiece encoding", () => {
	it("has ordered offsets within the text, whatever the text", () => {
		for (const tokenizer of [load("uncased"), load("cased")]) {
			fc.assert(
				fc.property(anyText, fc.boolean(), (text, parseSpecial) => {
					assertOffsetsAreOrdered(tokenizer.encode(text, { parseSpecial }), text);
				}),
				{ numRuns: 500 },
			);
		}
	});
});

describe("what a piece is", () => {
	it("tells words, punctuation and space apart", () => {
		const tokenizer = load("codeBpe");
		const { ids } = tokenizer.encode("    return self.value + 123\n");
		const seen = [...ids].map((id) => `${tokenizer.pieceClass(id)} ${JSON.stringify(tokenizer.tokenText(id))}`);
		assert.deepEqual(seen, [
			'space "   "',
			'word " return"',
			'word " self"',
			'punctuation "."',
			'word "value"',
			'space " "',
			'punctuation "+"',
			'word " 1"',
			'word "2"',
			'word "3"',
			'space "\\n"',
		]);
	});

	it("knows which pieces go on with a word by their neighbours", () => {
		for (const [name, text] of [
			["codeBpe", "zebra_crossing (quux)"],
			["uncased", "zebracrossing (quux)"],
		] as const) {
			const tokenizer = load(name);
			const { ids, starts } = tokenizer.encode(text);
			const begins = [...starts].filter(
				(_, index) => index === 0 || !tokenizer.continuesWord(ids[index - 1]!, ids[index]!),
			);
			const words = begins.map((start, index) => text.slice(start, begins[index + 1]).trim());
			assert.deepEqual(words, [text.split(" ")[0], "(", "quux", ")"], name);
		}
	});

	it("keeps the bytes of one character together", () => {
		const tokenizer = load("codeBpe");
		const { ids } = tokenizer.encode("(😀");
		for (let index = 2; index < ids.length; index++) assert.ok(tokenizer.continuesWord(ids[index - 1]!, ids[index]!));
	});
});
