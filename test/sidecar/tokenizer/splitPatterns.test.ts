import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
	cl100k,
	codeAcrossLines,
	codeLines,
	gpt2,
	llama3,
	qwen2,
	type SplitPattern,
} from "../../../sidecar/tokenizer/splitPatterns.ts";

const text = fc
	.array(
		fc.oneof(
			fc.constantFrom(
				..." \t\n\r\u000b\f\u0085\u00a0\u2028\u3000\u200b\ufeff_$'a1é\u0301漢٣½(.=",
				"😀",
				"𝒳",
				"\ud800",
				"\udc00",
			),
			fc.constantFrom("  ", "   ", "\r\n", "'s", "'re", "'ll", "'S", "'Ve", "'ſ", "foo", "123456"),
			fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
		),
		{ maxLength: 30 },
	)
	.map((parts) => parts.join(""));

function cut({ next }: SplitPattern, whole: string): string[] {
	const parts: string[] = [];
	for (let at = 0; at < whole.length; ) {
		const end = next(whole, at, whole.length);
		assert.ok(end > at && end <= whole.length);
		parts.push(whole.slice(at, end));
		at = end;
	}
	return parts;
}

// \s of the library's engine is White_Space; that of JavaScript has U+FEFF more and U+0085 less.
const inJavaScript = (pattern: string) =>
	new RegExp(
		pattern
			.replaceAll("(?i:'s|'t|'re|'ve|'m|'ll|'d)", "'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])")
			.replaceAll("?+", "?") // possessive: nothing that follows could have taken what they take
			.replaceAll("++", "+")
			.replaceAll("[^\\s", "[^\\p{White_Space}")
			.replaceAll("\\s", "\\p{White_Space}")
			.replaceAll("\\S", "\\P{White_Space}"),
		"gu",
	);

describe("the hand-written split of each pattern", () => {
	for (const [name, split] of Object.entries({ codeLines, codeAcrossLines, gpt2, llama3, qwen2, cl100k })) {
		it(`${name} cuts as its regular expression does`, () => {
			const pattern = inJavaScript(split.pattern);
			fc.assert(
				fc.property(text, (whole) => {
					assert.deepEqual(cut(split, whole), whole.match(pattern) ?? []);
				}),
				{ numRuns: 3000 },
			);
		});
	}

	it("codeLines cuts code at its words, numbers, signs, indentation and lines", () => {
		assert.deepEqual(cut(codeLines, "    def __init__(self, x1=12345):  \r\n\t\tself.x\t= x1\n"), [
			"   ",
			" def",
			" __init__",
			"(",
			"self",
			",",
			" x1",
			"=",
			"123",
			"45",
			"):",
			"  ",
			"\r\n",
			"\t\t",
			"self",
			".",
			"x",
			"\t",
			"=",
			" x1",
			"\n",
		]);
	});

	it("codeAcrossLines joins a line break with the indentation after it", () => {
		assert.deepEqual(cut(codeAcrossLines, "a {\n    b\n}\n"), ["a", " {", "\n   ", " b", "\n", "}", "\n"]);
	});

	it("is linear on runs that make engines backtrack", () => {
		for (const split of [codeLines, codeAcrossLines, gpt2, llama3]) {
			for (const run of [" \t", " ", "\n", "a", "'", "\u0301"]) {
				assert.equal(cut(split, `${run.repeat(1_000_000)}x`).join("").length, run.length * 1_000_000 + 1);
			}
		}
	});
});
