/** The texts that translators get: `UPDATE_TEXTS=1 node --import tsx test/run.ts extension/texts` writes them anew. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const house = join(import.meta.dirname, "..", "..");
const file = join(house, "media", "l10n", "bundle.l10n.json");

/** Every literal of `l10n.t("...")` in the extension, in order. */
function texts(): Record<string, string> {
	const found = readdirSync(join(house, "extension"), { recursive: true, encoding: "utf8" })
		.filter((path) => path.endsWith(".ts"))
		.map((path) => readFileSync(join(house, "extension", path), "utf8"))
		.flatMap((source) => [...source.matchAll(/\bl10n\.t\(\s*("(?:[^"\\]|\\.)*")/g)])
		.map(([, literal]) => JSON.parse(literal!) as string);
	return Object.fromEntries([...new Set(found)].sort().map((text) => [text, text]));
}

test("translators get exactly the texts that the extension shows", () => {
	if (process.env["UPDATE_TEXTS"] !== undefined) {
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, `${JSON.stringify(texts(), null, "\t")}\n`);
	}
	assert.ok(Object.keys(texts()).length > 100);
	assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), texts());
});
