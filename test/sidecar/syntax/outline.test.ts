import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readCorpus } from "../../../sidecar/data/readers/corpus.ts";
import { listFolder } from "../../../sidecar/data/readers/listing.ts";
import { chunksOf } from "../../../sidecar/syntax/chunks.ts";
import { type SyntaxLanguage, syntaxLanguageOf } from "../../../sidecar/syntax/languages.ts";
import { loadParser } from "../../../sidecar/syntax/parser.ts";

const house = join(import.meta.dirname, "..", "..", "..");
const shared = process.env["MASKWRIGHT_SHARED"];
const skip = shared === undefined ? "left out: MASKWRIGHT_SHARED names no folder with data/corpus" : false;

/** Nodes of the outline, of the whole tree; expects the same chunks of both. */
async function compare(
	text: string,
	language: SyntaxLanguage,
	what: string,
): Promise<[outline: number, whole: number]> {
	const parser = await loadParser(language);
	const [outline, whole] = [parser.outline(text), parser.parse(text)];
	assert.deepEqual(chunksOf(outline, language), chunksOf(whole, language), what);
	return [outline.types.length, whole.types.length];
}

test("the outline of this repository's own files gives the chunks of their whole trees, from fewer nodes", async () => {
	let [outline, whole] = [0, 0];
	const { root, files } = await listFolder(join(house, "sidecar"));
	for (const [place, { path }] of files.entries()) {
		if (place % 3 !== 0) continue; // whole trees of all take long
		const language = syntaxLanguageOf(path);
		if (language === undefined) continue;
		const [some, all] = await compare(readFileSync(join(root, path), "utf8"), language, path);
		outline += some;
		whole += all;
	}
	assert.ok(whole > 50_000 && outline < 0.7 * whole, `${outline} of ${whole} nodes`);
});

test("a long function is not left out, nor one without a name, nor comments and docstrings within others", async () => {
	const inner = "function inner() {\n\t// why\n\treturn 1;\n}\n";
	const long = `function outer() {\n${"\tstep();\n".repeat(160)}${inner}}\n`;
	await compare(long, "typescript", "long");
	await compare(
		`register(function () {\n${inner}${inner}});\nconst f = () => {\n${inner}};\n`,
		"typescript",
		"unnamed",
	);
	await compare(
		'def outer():\n    """Says."""\n    if a:\n        """No docstring."""\n    def inner():\n        """Too."""\n        return 1  # one\n',
		"python",
		"docstrings",
	);
});

test("the same holds for text that is cut anywhere", async () => {
	const text = readFileSync(join(house, "sidecar", "syntax", "definitions.ts"), "utf8");
	const python =
		'class A(B):\n    """Doc."""\n    @x\n    def f(self):  # c\n        """Doc."""\n        g = lambda: 1\n        return g\n';
	const place = fc.double({ min: 0, max: 1, noNaN: true });
	await fc.assert(
		fc.asyncProperty(place, place, async (from, to) => {
			for (const [whole, language] of [
				[text, "typescript"],
				[python.repeat(4), "python"],
			] as const) {
				const [start, end] = [from, to].map((share) => Math.floor(share * whole.length)).sort((a, b) => a - b);
				await compare(whole.slice(start, end), language, `${start} to ${end}`);
			}
		}),
		{ numRuns: 40 },
	);
});

test("the same holds for files of seven languages", { skip }, async () => {
	for (const language of ["python", "javascript", "go", "java", "ruby", "php", "typescript"] as const) {
		const { documents } = await readCorpus(join(shared!, "data", "corpus", `${language}.jsonl.xz`));
		const step = Math.ceil(documents.length / 150);
		for (let at = 0; at < documents.length; at += step) {
			const { path, text } = documents[at]!;
			const known = syntaxLanguageOf(path);
			if (known !== undefined) await compare(text, known, path);
		}
	}
});
