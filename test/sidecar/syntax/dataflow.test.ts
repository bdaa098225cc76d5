import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { withoutComments } from "../../../sidecar/syntax/comments.ts";
import { dataflowOf } from "../../../sidecar/syntax/dataflow.ts";
import { type SyntaxLanguage, syntaxLanguageOf, syntaxLanguages } from "../../../sidecar/syntax/languages.ts";
import { loadParser } from "../../../sidecar/syntax/parser.ts";
import { smallSample } from "../../support/dataflowSamples.ts";

/** The same program in each language: `y` comes from `a` or from `b`. */
const programs: Record<SyntaxLanguage, string> = {
	python: "def f(a, b):\n    y = a\n    if b:\n        y = b\n    while y:\n        a = y\n    return y\n",
	java: "class A { int f(int a, int b) { int y = a; if (b > 0) { y = b; } while (y > 0) { a = y; } return y; } }",
	javascript: "function f(a, b) { let y = a; if (b) { y += b; } while (y) { a += y; } return y; }",
	go: "func f(a int, b int) int { y := a; if b > 0 { y = b }; for y > 0 { a = y }; return y }",
	ruby: "def f(a, b)\n  y = a\n  if b\n    y = b\n  end\n  while y\n    a = y\n  end\n  return y\nend\n",
	php: "<?php function f($a, $b) { $y = $a; if ($b) { $y = $b; } while ($y) { $a = $y; } return $y; } ?>",
	typescript: "function f(a: N, b: N): N { let y: N = a; if (b) { y = b; } while (y) { a = y; } return y; }",
	tsx: "function f(a: N, b: N) { let y: N = a; if (b) { y = b; } while (y) { a = y; } return <p>{y}</p>; }",
	c: "int f(int a, int b) { int y = a; if (b) { y = b; } while (y) { a = y; } return y; }",
	cpp: "int f(int a, int b) { auto y = a; if (b) { y = b; } while (y) { a = y; } return y; }",
	csharp: "class A { int F(int a, int b) { int y = a; if (b > 0) { y = b; } while (y > 0) { a = y; } return y; } }",
	rust: "fn f(mut a: N, b: N) -> N { let mut y = a; if b { y = b; } while y { a = y; } y }",
};

for (const language of syntaxLanguages) {
	test(`in ${language} the value at the end comes from both branches`, async () => {
		const { tokens, edges } = await flowOf(programs[language], language);
		const last = tokens.lastIndexOf("y");
		const sources = edges.filter(({ index, name }) => index === last && name === "y").flatMap((e) => e.sourceIndices);
		const positions = tokens.flatMap((token, index) => (token === "y" ? [index] : []));
		// In Go `:=` is no assignment to the official extractor, and yet the first `y` is where the name is born.
		assert.deepEqual([...new Set(sources)], positions.slice(0, 2));
	});

	test(`in ${language} cut and damaged code has data flow and nothing throws`, async () => {
		const parser = await loadParser(language);
		const code = smallSample().find(({ lang }) => lang === language)?.code ?? programs[language];
		const damage = fc.record({
			cut: fc.nat(code.length),
			at: fc.nat(code.length),
			put: fc.constantFrom("(", ")", "{", "}", '"', "'", "`", "if ", "\n", "\t", "=", "/*", "é", "😀", "\0", "\ud800"),
		});
		fc.assert(
			fc.property(damage, ({ cut, at, put }) => {
				const broken = (code.slice(0, at) + put + code.slice(at)).slice(0, Math.max(cut, 1));
				const { tokens, edges } = dataflowOf(parser.parse(withoutComments(broken, language)), language);
				for (const edge of edges) {
					assert.equal(edge.name, tokens[edge.index]);
					for (const source of edge.sourceIndices) assert.ok(edge.sourceNames.includes(tokens[source]!));
				}
			}),
			{ numRuns: 60 },
		);
	});

	test(`in ${language} the work is linear in a file of a megabyte`, async () => {
		const parser = await loadParser(language);
		for (const size of [20_000, 1_000_000]) {
			const tree = parser.parse(repeated(programs[language], size));
			const { steps } = dataflowOf(tree, language);
			assert.ok(steps < allowed(tree.types.length), `${size}: ${steps} steps for ${tree.types.length} nodes`);
		}
	});
}

test("deep and tangled code takes neither the stack nor more than linear work", async () => {
	const depth = 10_000;
	const hostile: [SyntaxLanguage, string][] = [
		["python", `x = ${"(".repeat(depth)}1${")".repeat(depth)}`],
		["javascript", `${"while(a){".repeat(depth)}b++${"}".repeat(depth)}`],
		["java", `class A { void f() { ${"if(a) { b = a; } else ".repeat(depth)} {} } }`],
		["java", `class A { void f() { ${"a = ".repeat(depth)} 1; } }`],
		["go", `func f() { ${Array.from({ length: 2000 }, (_, i) => `if a { x = b${i} }; c(x)\n`).join("")} }`],
		["ruby", "x = y\n".repeat(depth)],
		["c", `int f() { ${"a[".repeat(depth)}0${"]".repeat(depth)}++; }`],
	];
	for (const [language, text] of hostile) {
		const tree = (await loadParser(language)).parse(text);
		const { steps } = dataflowOf(tree, language);
		assert.ok(steps < allowed(tree.types.length), `${language}: ${steps} steps for ${tree.types.length} nodes`);
	}
});

test("PHP's foreach has data flow where the official extractor gives up", async () => {
	const { tokens, edges } = await flowOf("<?php foreach (all($x) as $key => $v) { use($key, $v); } ?>", "php");
	const flows = edges.filter(({ relation }) => relation === "computedFrom").map((e) => `${e.name}<${e.sourceNames}`);
	assert.ok(flows.includes("v<x") || flows.some((flow) => flow.startsWith("v<") && flow.includes("x")), `${flows}`);
	assert.equal(tokens[0], "<?php");
});

test("names that every object has are variables like others", async () => {
	const { edges } = await flowOf("constructor = 1\ntoString = constructor\n__proto__ = toString\n", "python");
	assert.deepEqual(
		edges.filter(({ relation }) => relation === "computedFrom").map(({ name }) => name),
		["constructor", "toString", "__proto__"],
	);
});

test("the name of a file tells its language", () => {
	assert.deepEqual(["a/b.py", "A.TSX", "x.h", "x.cc", "Makefile", "a.txt"].map(syntaxLanguageOf), [
		"python",
		"tsx",
		"c",
		"cpp",
		undefined,
		undefined,
	]);
});

async function flowOf(text: string, language: SyntaxLanguage) {
	return dataflowOf((await loadParser(language)).parse(text), language);
}

/** The steps that count as linear: a budget of 32 for each node, and what is left of the walk once it is spent. */
function allowed(nodes: number): number {
	return 100_000 + 48 * nodes;
}

function repeated(text: string, length: number): string {
	return `${text}\n`.repeat(Math.ceil(length / (text.length + 1)));
}
