import assert from "node:assert/strict";
import { test } from "node:test";
import { collateGraph } from "../../../../sidecar/data/graph/collateGraph.ts";
import { type SourceFunction, variablesOf } from "../../../../sidecar/data/graph/functions.ts";
import { graphExampleAt, graphRowsOf } from "../../../../sidecar/data/graph/graphRows.ts";
import { loadParser } from "../../../../sidecar/syntax/parser.ts";
import type { SyntaxTree } from "../../../../sidecar/syntax/syntaxTree.ts";
import { graphExamples, repositoryFunctions, smallGraphShape } from "../../../support/graphFunctions.ts";

const functions = await repositoryFunctions(200);

test("a variable is the tokens that cover its name, and stands in the code, not in the comment", () => {
	const { examples, tokenizer } = graphExamples(functions);
	let found = 0;
	examples.forEach(({ text, codeStart, nodes }, index) => {
		const names = functions[index]!.variables.map(({ start, end }) => functions[index]!.code.slice(start, end));
		let next = 0;
		for (const [start, end] of nodes) {
			assert.ok(start >= codeStart && end < text.length);
			const covered = tokenizer.decode(text.subarray(start, end));
			while (next < names.length && !covered.includes(names[next]!)) next++;
			assert.ok(next < names.length, `function ${index}: ${covered} holds no variable`);
			next++;
			found++;
		}
	});
	assert.ok(found > 1400, `${found} variables`);
});

test("an edge joins a variable with one of the same name, or with one that it is computed from", async () => {
	const code = "def area(width, height):\n    size = width * height\n    return size\n";
	const variables = variablesOf(code, { parser: await loadParser("python"), kind: "function" });
	const name = (index: number): string => code.slice(variables[index]!.start, variables[index]!.end);
	const edges = variables.flatMap(({ sources }, index) => sources.map((source) => `${name(index)} < ${name(source)}`));
	assert.deepEqual(edges.sort(), ["height < height", "size < height", "size < size", "size < width", "width < width"]);
});

test("other names for everything leave the graph as it is, and another assignment does not", async () => {
	const parser = await loadParser("typescript");
	const shapeOf = (code: string, kind: SourceFunction["kind"]): number[][] =>
		variablesOf(code, { parser, kind }).map(({ sources }) => [...sources]);
	let edges = 0;
	for (const { code, kind } of functions) {
		if (kind !== "function") continue; // a method does not parse by itself, so its names are not found
		const renamed = rename(code, parser.parse(code));
		assert.notEqual(renamed, code);
		assert.deepEqual(shapeOf(renamed, kind), shapeOf(code, kind), code);
		edges += shapeOf(code, kind).flat().length;
	}
	assert.ok(edges > 1000, `${edges} edges compared`);
	const code = "function f(a: number) { let b = a; return b; }";
	assert.notDeepEqual(shapeOf(code.replace("return b", "b = 1; return b"), "function"), shapeOf(code, "function"));
});

test("rows give back the examples they were made from, and cut what does not fit", () => {
	const { examples, tokenizer } = graphExamples(functions);
	const rows = graphRowsOf(examples, smallGraphShape);
	examples.forEach((example, row) => {
		const read = graphExampleAt(rows, row);
		assert.deepEqual({ ...read, text: [...read.text] }, { ...example, text: [...example.text] });
		assert.ok(example.text.length <= smallGraphShape.textLength && example.nodes.length <= smallGraphShape.nodes);
		assert.deepEqual([example.text[0], example.text.at(-1)], [tokenizer.special.cls, tokenizer.special.sep]);
	});
	assert.ok(examples.some(({ text }) => text.length === smallGraphShape.textLength));
	assert.ok(examples.some(({ nodes }) => nodes.length === smallGraphShape.nodes));
});

test("a pair is drawn once, has the same share of connected ones, and depends on seed, epoch and row alone", () => {
	const { examples, pieces, tokenizer } = graphExamples(functions);
	const rows = graphRowsOf(examples, smallGraphShape);
	const draw = (seed: number, epoch: number, indices: number[]) =>
		collateGraph(rows, indices, {
			masking: undefined,
			pieces,
			maskId: tokenizer.special.mask,
			padId: tokenizer.special.pad,
			seed,
			epoch,
			attention: "graph",
			structure: { edges: 0.2, alignments: 0.2 },
			nodePosition: -2,
			padPosition: -1,
		});
	const length = smallGraphShape.textLength + smallGraphShape.nodes;
	examples.forEach((example, row) => {
		const { edgePairs } = draw(1, 0, [row]);
		const pairs = [...edgePairs.left].flatMap((left, at) =>
			edgePairs.weights[at] === 0 ? [] : [{ left, right: edgePairs.right[at]!, target: edgePairs.targets[at]! }],
		);
		const connected = pairs.filter(({ target }) => target === 1);
		assert.equal(connected.length * 2, pairs.length);
		const key = (one: number, other: number): string => [one, other].sort((a, b) => a - b).join(" ");
		assert.equal(new Set(pairs.map(({ left, right }) => key(left, right))).size, pairs.length, "no pair twice");
		const { textLength } = smallGraphShape;
		const edges = new Set(example.edges.map(([node, source]) => key(node + textLength, source + textLength)));
		for (const { left, right, target } of pairs) assert.equal(edges.has(key(left, right)), target === 1);
	});
	const [together, alone] = [draw(3, 2, [7, 8]), draw(3, 2, [8])];
	assert.deepEqual(together.links.slice(together.links.length / 2), alone.links);
	assert.deepEqual(
		together.edgePairs.left.slice(together.edgePairs.left.length / 2).map((at) => Math.max(0, at - length)),
		alone.edgePairs.left,
	);
	const row = examples.findIndex(({ edges }) => edges.length > 20);
	assert.notDeepEqual(draw(1, 0, [row]).edgePairs.left, draw(2, 0, [row]).edgePairs.left);
	assert.notDeepEqual(draw(1, 0, [row]).edgePairs.left, draw(1, 1, [row]).edgePairs.left);
});

/** Each identifier under another name, the same for the same name. */
function rename(code: string, { types, starts, ends, after }: SyntaxTree): string {
	const names = new Map<string, string>();
	let renamed = "";
	let at = 0;
	for (let node = 0; node < types.length; node++) {
		if (after[node] !== node + 1 || !/identifier/.test(types[node]!)) continue;
		const name = code.slice(starts[node], ends[node]);
		if (!names.has(name)) names.set(name, `${name.startsWith("#") ? "#" : ""}renamed${names.size}`);
		renamed += code.slice(at, starts[node]) + names.get(name)!;
		at = ends[node]!;
	}
	return renamed + code.slice(at);
}
