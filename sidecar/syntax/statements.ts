import { beginsLine, type DefinitionSite } from "./definitions.ts";
import type { SyntaxTree } from "./syntaxTree.ts";

/** A statement of more characters is looked into. */
const longestStatement = 2000;

/**
 * Where the statements between definitions begin, ascending: the largest nodes that hold none of the definitions. Of
 * long ones also where the lines of their parts begin.
 */
export function statementsBetween(tree: SyntaxTree, definitions: readonly DefinitionSite[]): number[] {
	const { starts, ends, after, types } = tree;
	const places: number[] = [];
	let next = 0;
	for (let node = 0; node < types.length; ) {
		while (next < definitions.length && definitions[next]!.node < node) next++;
		const definition = definitions[next]?.node ?? types.length;
		if (definition === node) {
			node = after[node]!;
			continue;
		}
		const place = starts[node]!;
		const last = places.at(-1) ?? 0;
		if (place > last && (place - last > longestStatement || beginsLine(tree.text, place))) places.push(place);
		const isWhole = definition >= after[node]! && ends[node]! - starts[node]! <= longestStatement;
		node = isWhole ? after[node]! : node + 1;
	}
	return places;
}
