import { type Random, shuffle } from "../../base/random.ts";
import type { GraphExample } from "./graphExample.ts";

/** Pairs of positions to be told apart, and what the encoder must not see of them. */
export interface StructureTask {
	/** The nodes whose connections are hidden. */
	readonly hidden: ReadonlySet<number>;
	/** Connected pairs first, then as many that are not connected. */
	readonly pairs: readonly (readonly [node: number, other: number])[];
	/** How many pairs are connected. */
	readonly connected: number;
}

export interface StructureOptions {
	/** The share of the nodes that is drawn. */
	readonly share: number;
	/** Pairs at most; an even number. */
	readonly maximum: number;
	readonly random: Random;
}

/**
 * Edge prediction (Guo et al. 2021, section 4.3): draws nodes, whose edges are hidden, and pairs of one of them and
 * any node: every hidden edge and as many pairs without one. The dot product that judges a pair knows no direction, so
 * a pair stands for both, and one is absent where neither direction is an edge.
 */
export function drawEdges({ nodes, edges }: GraphExample, options: StructureOptions): StructureTask {
	const hidden = drawNodes(nodes.length, options);
	const key = (one: number, other: number): number => Math.min(one, other) * nodes.length + Math.max(one, other);
	const present = new Set(edges.map(([node, source]) => key(node, source)));
	const candidates: [number, number][] = [];
	for (const node of hidden) {
		for (let other = 0; other < nodes.length; other++) {
			if (other !== node && !(hidden.has(other) && other < node)) candidates.push([node, other]);
		}
	}
	return balanced(candidates, { ...options, hidden, isConnected: ([node, other]) => present.has(key(node, other)) });
}

/**
 * Node alignment (section 4.3): draws nodes, whose links to the code are hidden, and pairs of one of them and a token
 * of the code: every token that it was identified from and as many others. The second of a pair is a position.
 */
export function drawAlignments(example: GraphExample, options: StructureOptions): StructureTask {
	const { nodes, text, codeStart } = example;
	const hidden = drawNodes(nodes.length, options);
	const candidates: [number, number][] = [];
	for (const node of hidden) {
		for (let position = codeStart; position < text.length - 1; position++) candidates.push([node, position]);
	}
	return balanced(candidates, {
		...options,
		hidden,
		isConnected: ([node, position]) => position >= nodes[node]![0] && position < nodes[node]![1],
	});
}

/** At least one node, where there is one. */
function drawNodes(count: number, { share, random }: StructureOptions): Set<number> {
	const order = shuffle(
		Int32Array.from({ length: count }, (_, node) => node),
		random,
	);
	return new Set(order.subarray(0, Math.min(count, Math.max(1, Math.round(share * count)))));
}

function balanced(
	candidates: [number, number][],
	{
		hidden,
		isConnected,
		maximum,
		random,
	}: StructureOptions & { hidden: ReadonlySet<number>; isConnected: (pair: [number, number]) => boolean },
): StructureTask {
	shuffle(candidates, random);
	const connected = candidates.filter(isConnected);
	const absent = candidates.filter((pair) => !isConnected(pair));
	const count = Math.min(connected.length, absent.length, Math.floor(maximum / 2));
	return { hidden, pairs: [...connected.slice(0, count), ...absent.slice(0, count)], connected: count };
}
