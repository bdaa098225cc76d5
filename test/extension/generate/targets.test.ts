import assert from "node:assert/strict";
import { test } from "node:test";
import { restOfBrackets } from "../../../extension/generate/region.ts";
import {
	fastaTarget,
	holdsTargets,
	type NoTarget,
	type Target,
	tableTarget,
} from "../../../extension/generate/targets.ts";

/** What a file reads like with a binder in its place. */
function withBinder(text: string, target: Target | NoTarget): string {
	assert.ok("write" in target, JSON.stringify(target));
	return text.slice(0, target.start) + target.write("WYA") + text.slice(target.end);
}

test("the rest of a region ends before the bracket that closes it", () => {
	const check = (text: string, expected: string | undefined): void => {
		const caret = text.indexOf("|");
		const found = restOfBrackets(text.replace("|", ""), caret);
		assert.equal(found === undefined ? undefined : text.replace("|", "").slice(found.start, found.end), expected);
	};
	check("add(a, |b, f(c));", "b, f(c)");
	check("add(|)", "");
	check("function f() {\n\treturn |a[0] + g();\n}\nh();", "return a[0] + g();".slice(7));
	check('print(|")", x)', '")", x');
	check("let a = |b;", undefined);
	check("f(|a // don't\n)", "a // don't");
});

test("a record of FASTA gets a binder behind it, from any of its lines", () => {
	const text = ">p1 human\nMKT\nlag\n\n>p2\nWWW\n";
	for (const line of [0, 1, 2]) {
		const target = fastaTarget(text, line);
		assert.equal("sequence" in target && target.sequence, "MKTLAG");
		assert.equal(withBinder(text, target), ">p1 human\nMKT\nlag\n>p1 human binder\nWYA\n\n>p2\nWWW\n");
	}
	assert.deepEqual(fastaTarget("MKT\n", 0), { missing: "record" });
	assert.deepEqual(fastaTarget(">p1\n>p2\nA", 0), { missing: "sequence", name: "p1" });
	assert.deepEqual(fastaTarget(">p1\n M*\n", 1), { missing: "letter", letter: "*", line: 2, column: 3 });
});

test("a row of a table gets a binder in its cell, whether that is there or not", () => {
	const check = (text: string, line: number, expected: string): void => {
		assert.equal(withBinder(text, tableTarget(text, line)), expected);
	};
	check("target,binder\nMKT,\nLAG,AA\n", 1, "target,binder\nMKT,WYA\nLAG,AA\n");
	check("target,binder\nMKT,\nLAG,AA\n", 2, "target,binder\nMKT,\nLAG,WYA\n");
	check("target,binder\r\nMKT\r\n", 1, "target,binder\r\nMKT,WYA\r\n");
	check("id\tbinder\ttarget\n1\t\tMKT\n", 1, "id\tbinder\ttarget\n1\tWYA\tMKT\n");
	assert.deepEqual(tableTarget("target,binder\n,A\n", 1), { missing: "sequence", name: "target" });
	assert.deepEqual(tableTarget("target,binder\nMKT,A\n", 0), { missing: "record" });
	assert.deepEqual(tableTarget("n,target\n1,M1\n", 1), { missing: "letter", letter: "1", line: 2, column: 4 });
	assert.deepEqual(["a.faa", "b.csv", "c.ts"].map(holdsTargets), ["fasta", "table", undefined]);
});
