import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { Document } from "../../../sidecar/data/document.ts";
import { splitHeldOut } from "../../../sidecar/data/split.ts";

function documentsOf(count: number, salt = ""): Document[] {
	return Array.from({ length: count }, (_, index) => {
		const text = `${salt}${index}`;
		return { path: `${index}.py`, language: "python", text, hash: createHash("sha256").update(text).digest("hex") };
	});
}

const texts = (documents: readonly Document[]): string[] => documents.map(({ text }) => text);

test("Every document is on one side of the split, in the order it had", () => {
	fc.assert(
		fc.property(
			fc.nat({ max: 60 }),
			fc.double({ min: 0.01, max: 0.99, noNaN: true }),
			fc.nat(),
			(count, fraction, seed) => {
				const documents = documentsOf(count);
				const { train, heldOut } = splitHeldOut(documents, { fraction, seed });
				const both = new Set(texts([...train, ...heldOut]));
				assert.deepEqual(
					texts(documents),
					[...both].sort((a, b) => Number(a) - Number(b)),
				);
				assert.deepEqual(texts(train), texts(documents.filter((document) => train.includes(document))));
				if (count >= 2) assert.ok(train.length > 0 && heldOut.length > 0);
				else assert.equal(heldOut.length, 0);
			},
		),
	);
});

test("A document stays on its side when others come and go, and when it is renamed", () => {
	const documents = documentsOf(400);
	const held = new Set(texts(splitHeldOut(documents).heldOut));
	const fewer = splitHeldOut([...documents.filter((_, index) => index % 3 > 0), ...documentsOf(200, "new ")]);
	for (const text of texts(fewer.train)) assert.ok(!held.has(text));
	for (const text of texts(fewer.heldOut)) assert.ok(held.has(text) || text.startsWith("new "));
	const renamed = documents.map((document) => ({ ...document, path: `moved/${document.path}` }));
	assert.deepEqual(texts(splitHeldOut(renamed).heldOut), [...held]);
});

test("About the named fraction of documents is held out, and another seed holds out others", () => {
	const documents = documentsOf(20_000);
	const { heldOut } = splitHeldOut(documents);
	assert.ok(Math.abs(heldOut.length / 20_000 - 0.1) < 4 * Math.sqrt((0.1 * 0.9) / 20_000));
	const other = new Set(texts(splitHeldOut(documents, { seed: 1 }).heldOut));
	const shared = heldOut.filter(({ text }) => other.has(text)).length;
	assert.ok(Math.abs(shared / heldOut.length - 0.1) < 0.03);
});

test("A fraction outside 0 to 1 is refused", () => {
	for (const fraction of [0, 1, -1, Number.NaN]) {
		assert.throws(() => splitHeldOut(documentsOf(3), { fraction }), { name: "recipeInvalid" });
	}
});
