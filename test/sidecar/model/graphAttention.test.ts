import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { compile } from "../../../sidecar/autodiff/compile.ts";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import { collateGraph } from "../../../sidecar/data/graph/collateGraph.ts";
import { type Variable, variablesOf } from "../../../sidecar/data/graph/functions.ts";
import type { GraphBatch } from "../../../sidecar/data/graph/graphBatch.ts";
import { type GraphExample, graphExampleOf } from "../../../sidecar/data/graph/graphExample.ts";
import { graphRowsOf } from "../../../sidecar/data/graph/graphRows.ts";
import { graphAttentionBias } from "../../../sidecar/model/graphAttention.ts";
import { openSession, type Session } from "../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../sidecar/session/tensor.ts";
import { withoutComments } from "../../../sidecar/syntax/comments.ts";
import { loadParser } from "../../../sidecar/syntax/parser.ts";
import { type WrittenEdge, wholeSample } from "../../support/dataflowSamples.ts";
import { attentionByRules, graphExamples, repositoryFunctions, smallGraphShape } from "../../support/graphFunctions.ts";

const { textLength, nodes } = smallGraphShape;
const length = textLength + nodes;
const functions = await repositoryFunctions(200);
const { examples, pieces, tokenizer } = graphExamples(functions);
const rows = graphRowsOf(examples, smallGraphShape);

test("the attention of 200 functions is that of the four rules, and a batch that breaks one rule is not", async () => {
	const session = await openBias();
	assert.equal(examples.length, 200);
	assert.ok(examples.reduce((sum, { edges }) => sum + edges.length, 0) > 1000, "there are edges to see");
	for (const [row, example] of examples.entries()) {
		assert.deepEqual(wrongPairs(await seen(session, collate(row)), example), [], `function ${row}`);
	}
	const row = examples.findIndex(({ edges, text }) => edges.length > 4 && text.length < textLength);
	const broken: Record<string, (batch: GraphBatch) => void> = {
		"special tokens do not see variables": ({ special }) => void special.fill(0),
		"a link is missing": ({ links }) => void links.fill(0, links.indexOf(1), links.indexOf(1) + 1),
		"edges run the other way": ({ edges }) => void edges.set(transposed(edges)),
		"an edge is missing": ({ edges }) => void edges.fill(0, edges.indexOf(1), edges.indexOf(1) + 1),
		"padding is seen": ({ segments }) => void segments.fill(0),
	};
	for (const [rule, breakIt] of Object.entries(broken)) {
		const batch = collate(row);
		breakIt(batch);
		assert.notDeepEqual(wrongPairs(await seen(session, batch), examples[row]!), [], rule);
	}
	await session.release();
});

test("the edges and links of drawn variables are seen in neither direction, and no row of the softmax is empty", async () => {
	const session = await openBias();
	let hidden = 0;
	let shown = 0;
	for (const [row, example] of examples.entries()) {
		const batch = collate(row, { edges: 0.2, alignments: 0.2 });
		const visible = await seen(session, batch);
		const unhidden = await seen(session, collate(row));
		const { edgePairs, alignmentPairs } = batch;
		for (const { left, right, targets, weights } of [edgePairs, alignmentPairs]) {
			weights.forEach((weight, pair) => {
				if (weight === 0 || targets[pair] === 0) return;
				hidden++;
				if (unhidden[left[pair]!]![right[pair]!] || unhidden[right[pair]!]![left[pair]!]) shown++;
				assert.equal(visible[left[pair]!]![right[pair]!], false, `function ${row}`);
				assert.equal(visible[right[pair]!]![left[pair]!], false, `function ${row}`);
			});
		}
		for (const query of visible) assert.ok(query.includes(true), `function ${row} has a row that sees nothing`);
		const everything = attentionByRules(example, smallGraphShape);
		const more = visible.flatMap((query, at) =>
			query.flatMap((sees, key) => (sees && !everything[at]![key] && !isOwn(at, key, example) ? [[at, key]] : [])),
		);
		assert.deepEqual(more, [], "hiding shows nothing that was not seen before");
	}
	assert.ok(hidden > 1000, `${hidden} hidden pairs`);
	assert.equal(shown, hidden, "a batch that hides nothing shows every one of them");
	await session.release();
});

/** What is not of the rules: padding sees itself, and so does a variable that is left with nothing. */
function isOwn(query: number, key: number, { text }: GraphExample): boolean {
	const isPadding = (at: number): boolean => at < textLength && at >= text.length;
	return (query >= textLength && query === key) || (isPadding(query) && isPadding(key));
}

function collate(row: number, structure: { edges?: number; alignments?: number } = {}, from = rows): GraphBatch {
	const { mask: maskId, pad: padId } = tokenizer.special;
	const layout = { attention: "graph" as const, nodePosition: -2, padPosition: -1 };
	return collateGraph(from, [row], {
		masking: undefined,
		pieces,
		maskId,
		padId,
		seed: 1,
		epoch: 0,
		structure,
		...layout,
	});
}

function openBias(): Promise<Session> {
	const graph = new Graph();
	const bias = graphAttentionBias({
		segments: graph.input("segments", [1, textLength], "int32"),
		special: graph.input("special", [1, textLength]),
		nodes: graph.input("nodes", [1, nodes]),
		links: graph.input("links", [1, nodes, textLength]),
		edges: graph.input("edges", [1, nodes, nodes]),
	});
	return openSession(compile({ bias: bias.global }).model, { executionProvider: "cpu", threads: 1 });
}

/** Where the bias is 0 [L, L]; it must be 0 or far below any score. */
async function seen(session: Session, batch: GraphBatch): Promise<boolean[][]> {
	const { bias } = await session.run({
		segments: tensor(batch.segments, [1, textLength]),
		special: tensor(batch.special, [1, textLength]),
		nodes: tensor(batch.nodes, [1, nodes]),
		links: tensor(batch.links, [1, nodes, textLength]),
		edges: tensor(batch.edges, [1, nodes, nodes]),
	});
	assert.deepEqual(bias?.shape, [1, 1, length, length]);
	const values = floats(bias!);
	assert.ok(values.every((value) => value === 0 || value === -30_000));
	return Array.from({ length }, (_, query) => Array.from({ length }, (_, key) => values[query * length + key] === 0));
}

/** Pairs (query, key) that see each other and should not, or the other way round. */
function wrongPairs(visible: readonly (readonly boolean[])[], example: GraphExample): [number, number][] {
	const expected = attentionByRules(example, smallGraphShape);
	const wrong: [number, number][] = [];
	for (let query = 0; query < length; query++) {
		const isPadding = query < textLength ? query >= example.text.length : query - textLength >= example.nodes.length;
		for (let key = 0; key < length; key++) {
			if (
				isPadding ? visible[query]![key] && !isOwn(query, key, example) : visible[query]![key] !== expected[query]![key]
			)
				wrong.push([query, key]);
		}
	}
	return wrong;
}

function transposed(edges: Float32Array): Float32Array {
	return Float32Array.from(edges, (_, at) => edges[(at % nodes) * nodes + Math.floor(at / nodes)]!);
}

const shared = process.env["MASKWRIGHT_SHARED"];
const skip = shared === undefined ? "left out: MASKWRIGHT_SHARED names no folder with data/dataflow" : false;

test("on functions of six languages it is that of the official extractor's data flow", { skip }, async (context) => {
	const samples = wholeSample(join(shared!, "data")).filter(({ raised }, at) => !raised && at % 5 === 0);
	const session = await openBias();
	const counts = { same: 0, other: 0 };
	for (const { code, lang, tokens, dataflow } of samples) {
		const text = withoutComments(code, lang);
		const theirs = officialVariables(text, { tokens, dataflow });
		if (theirs === undefined) continue;
		const ours = variablesOf(text, { parser: await loadParser(lang), kind: "function" });
		const [own, official] = [ours, theirs].map((variables) =>
			graphExampleOf({ kind: "function", comment: "", code: text, variables }, { tokenizer, shape: smallGraphShape }),
		) as [GraphExample, GraphExample];
		const batch = collate(0, {}, graphRowsOf([own], smallGraphShape));
		counts[wrongPairs(await seen(session, batch), official).length === 0 ? "same" : "other"]++;
	}
	await session.release();
	context.diagnostic(JSON.stringify(counts));
	assert.ok(counts.same >= 200 && counts.same >= 0.95 * (counts.same + counts.other), JSON.stringify(counts));
});

/** The extractor's variables by place, or undefined where its tokens cannot be found again in the text. */
function officialVariables(
	text: string,
	{ tokens, dataflow }: { tokens: readonly string[]; dataflow: readonly WrittenEdge[] },
): Variable[] | undefined {
	let at = 0;
	const starts: number[] = [];
	for (const token of tokens) {
		const start = text.indexOf(token, at);
		if (start < 0) return undefined;
		starts.push(start);
		at = start + token.length;
	}
	const indices = [...new Set(dataflow.map(([, index]) => index))].sort((one, other) => one - other);
	return indices.map((index) => {
		const sources = dataflow.flatMap(([, own, , , from]) => (own === index ? from : []));
		const places = [...new Set(sources)].filter((source) => source !== index).map((source) => indices.indexOf(source));
		const start = starts[index]!;
		return { start, end: start + tokens[index]!.length, sources: places.sort((one, other) => one - other) };
	});
}
