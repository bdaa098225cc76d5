import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { bareCode, chunksOf } from "../../../sidecar/syntax/chunks.ts";
import { loadParser } from "../../../sidecar/syntax/parser.ts";
import { type DocumentedFunction, documentedFiles } from "../../support/documentedFunctions.ts";

const shared = process.env["MASKWRIGHT_SHARED"];
const skip = shared === undefined ? "left out: MASKWRIGHT_SHARED names no folder with data/codesearch" : false;

for (const language of ["python", "javascript", "go", "java", "typescript", "ruby", "php"] as const) {
	test(`95% of documented ${language} functions are chunks with their name, documentation and bare code`, {
		skip,
	}, async (t) => {
		const parser = await loadParser(language);
		const counts = { functions: 0, named: 0, code: 0, documentation: 0, all: 0 };
		for (const { text, functions } of await documentedFiles(join(shared!, "data"), language)) {
			const chunks = chunksOf(parser.parse(text), language);
			for (const expected of functions) {
				const named = chunks.filter(({ name }) => name === expected.func_name.split(".").at(-1));
				const code = named.filter((chunk) => isCode(bareCode(text, chunk), expected));
				const documented = named.filter(
					({ docstring }) => firstSentence(docstring) === firstSentence(expected.docstring),
				);
				counts.functions++;
				if (named.length > 0) counts.named++;
				if (code.length > 0) counts.code++;
				if (documented.length > 0) counts.documentation++;
				if (code.some((chunk) => documented.includes(chunk))) counts.all++;
			}
		}
		t.diagnostic(JSON.stringify(counts));
		assert.ok(counts.functions > 400 && counts.all >= 0.95 * counts.functions, JSON.stringify(counts));
	});
}

/** Ours may begin with `export`, a decorator or a name that it is assigned to, and end with a semicolon. */
function isCode(ours: string, { code }: DocumentedFunction): boolean {
	const dense = (text: string) => text.replace(/\s+/g, "").replace(/[;,]+$/, "");
	return dense(ours).endsWith(dense(code));
}

function firstSentence(prose: string): string {
	const [sentence] = prose.split(/(?<=[.!?:])\s|\n/);
	return sentence!.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}
