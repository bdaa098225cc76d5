import assert from "node:assert/strict";
import { test } from "node:test";
import { importReportText } from "../../../extension/views/importTexts.ts";
import type { ImportReport } from "../../../sidecar/protocol/outputs.ts";
import { english } from "../../support/englishTexts.ts";

const report: ImportReport = {
	name: "tiny",
	path: "/models/tiny",
	architecture: "bert",
	parameters: 12_345,
	bytes: 2048,
	tokenizer: { kind: "WordPiece", vocabularySize: 99, maskToken: "[MASK]" },
	maxTokens: 512,
	maskedLmHead: true,
	roles: ["completion"],
	notes: ["One."],
};

test("a model that was taken in is told in full", () => {
	const text = importReportText(report, english);
	for (const part of ["# tiny", "| Architecture | bert |", "WordPiece, 99", "512 tokens", "| trained |", "- One\\."]) {
		assert.ok(text.includes(part.replace("\\.", ".")), part);
	}
	assert.match(importReportText({ ...report, maskedLmHead: false }, english), /none that was trained/);
});

test("what a file calls itself stays text", () => {
	const name = "[x](command:workbench.action.quit) <img> | `a`\n# b";
	const text = importReportText({ ...report, name, notes: [name] }, english);
	assert.ok(!/[^\\]\[x/.test(text) && !text.includes("\n# b") && !/[^\\]<img/.test(text));
});
