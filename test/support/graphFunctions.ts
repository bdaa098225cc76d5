import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { functionsOf, type SourceFunction } from "../../sidecar/data/graph/functions.ts";
import { type GraphExample, type GraphRowShape, graphExampleOf } from "../../sidecar/data/graph/graphExample.ts";
import { pieceTable } from "../../sidecar/data/pieces.ts";
import { trainByteLevelBpe } from "../../sidecar/tokenizer/trainer.ts";

export const smallGraphShape: GraphRowShape = { textLength: 96, nodes: 16, commentTokens: 16 };

/** Functions of this project's own sidecar, in the order of its files. */
export async function repositoryFunctions(count: number): Promise<SourceFunction[]> {
	const root = join(import.meta.dirname, "..", "..", "sidecar");
	const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
	const functions: SourceFunction[] = [];
	for (const path of files.sort()) {
		if (functions.length >= count) break;
		const text = readFileSync(join(root, path), "utf8");
		functions.push(...(await functionsOf({ path, text })));
	}
	return functions.slice(0, count);
}

/** A tokenizer trained on functions, and the examples of all of them. */
export function graphExamples(functions: readonly SourceFunction[], shape = smallGraphShape) {
	const texts = functions.map(({ comment, code }) => `${comment}\n${code}`);
	const tokenizer = trainByteLevelBpe(texts, { vocabularySize: 600, minFrequency: 2 });
	const examples: GraphExample[] = functions.map((source) => graphExampleOf(source, { tokenizer, shape }));
	return { tokenizer, pieces: pieceTable(tokenizer), examples };
}

/**
 * Which positions of a row see which, written from the rules of the paper (Guo et al. 2021, section 4.2) and from the
 * mask that the official code builds, and independent of the program: [L, L] by query and key.
 */
export function attentionByRules(
	{ text, codeStart, nodes, edges }: GraphExample,
	{ textLength, nodes: capacity }: GraphRowShape,
): boolean[][] {
	const length = textLength + capacity;
	const sees = Array.from({ length }, () => new Array<boolean>(length).fill(false));
	const nodeAt = (node: number): number => textLength + node;
	for (let query = 0; query < text.length; query++)
		for (let key = 0; key < text.length; key++) sees[query]![key] = true;
	for (const special of [0, codeStart - 1, text.length - 1]) {
		for (let node = 0; node < nodes.length; node++) sees[special]![nodeAt(node)] = true;
	}
	nodes.forEach(([start, end], node) => {
		for (let token = start; token < end; token++) {
			sees[nodeAt(node)]![token] = true;
			sees[token]![nodeAt(node)] = true;
		}
	});
	for (const [node, source] of edges) sees[nodeAt(node)]![nodeAt(source)] = true;
	return sees;
}
