import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeWtf8, encodeWtf8 } from "../../../sidecar/tokenizer/wtf8.ts";

describe("WTF-8", () => {
	it("is UTF-8 for text without lone surrogates", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				assert.deepEqual(encodeWtf8(text), new Uint8Array(Buffer.from(text)));
			}),
		);
	});

	it("comes back for any code units", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0xd700, max: 0xe0ff })), (units) => {
				const text = String.fromCharCode(...units);
				assert.equal(decodeWtf8(encodeWtf8(text)), text);
			}),
		);
	});

	it("reads broken bytes as the Encoding Standard does", () => {
		const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
		const byte = fc.oneof(fc.nat(255), fc.constantFrom(0xe0, 0xe4, 0xf0, 0xf1, 0xf4, 0x80, 0x9f, 0xa0, 0xbf, 0xc3));
		fc.assert(
			fc.property(fc.uint8Array(), fc.array(byte), (any, likely) => {
				for (const bytes of [any, Uint8Array.from(likely)]) {
					// Encoded surrogates are the one difference.
					if (bytes.some((value, index) => value === 0xed && (bytes[index + 1] ?? 0) >= 0xa0)) continue;
					assert.equal(decodeWtf8(bytes), decoder.decode(bytes));
				}
			}),
			{ numRuns: 2000 },
		);
	});
});
