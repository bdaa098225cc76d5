import assert from "node:assert/strict";
import { test } from "node:test";
import { unseenLines } from "../../../sidecar/cli/unseenLines.ts";

const document = (path: string, text: string) => ({ path, language: "typescript", text, hash: path });

const shared = "const total = computeTotal(items, prices);";
const train = [document("seen.ts", `${shared}\n`)];
const fresh = "const average = computeAverage(samples, weights);";

test("only lines that no training file has are drawn, one a file, with one name masked", () => {
	const heldOut = [
		document("a.ts", `// const comment = explained(here, again);\n${shared}\n  ${fresh}\nreturn;\n`),
		document("b.ts", `${shared}\n\tlet result = resolveResult(path);\r\nconst marker = "[MASK]";\n`),
		document("c.ts", `${shared}\n}\n`),
	];
	for (let seed = 0; seed < 20; seed++) {
		const lines = unseenLines(train, heldOut, { count: 3, seed });
		assert.deepEqual(lines.map(({ path, line }) => `${path}:${line}`).sort(), ["a.ts:3", "b.ts:2"]);
		for (const { masked, truth, text, path } of lines) {
			const whole = path === "a.ts" ? fresh : "let result = resolveResult(path);";
			assert.equal(masked.replace("[MASK]", truth), whole);
			assert.equal(text.split("[MASK]").length, 2, "one mask alone");
			assert.ok(truth.length >= 4 && !["const", "return"].includes(truth));
		}
	}
});

test("the same seed draws the same lines, and no more than were asked for", () => {
	const heldOut = Array.from({ length: 9 }, (_, index) =>
		document(`${index}.ts`, `const value${index} = makeValue(${index}, options);\n`),
	);
	const draw = (seed: number) => unseenLines(train, heldOut, { count: 3, seed });
	assert.deepEqual(draw(1), draw(1));
	assert.equal(draw(1).length, 3);
	assert.notDeepEqual(draw(1), draw(2));
});
