/** A variable at one place of the code and where its value comes from. */
export interface DataflowEdge {
	readonly name: string;
	/** Into the tokens. */
	readonly index: number;
	readonly relation: "comesFrom" | "computedFrom";
	readonly sourceNames: readonly string[];
	/** Into the tokens. */
	readonly sourceIndices: readonly number[];
}

/** One edge for each variable and relation, by index; what only one edge says stays as it is. */
export function mergedEdges(edges: readonly DataflowEdge[]): DataflowEdge[] {
	const groups = new Map<string, DataflowEdge[]>();
	for (const edge of edges) {
		const key = `${edge.index} ${edge.relation}`;
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [edge]);
		else group.push(edge);
	}
	return [...groups.values()].map(mergedGroup).sort((one, other) => one.index - other.index);
}

function mergedGroup(group: readonly DataflowEdge[]): DataflowEdge {
	const first = group[0]!;
	if (group.length === 1) return first;
	const names = new Set(group.flatMap(({ sourceNames }) => sourceNames));
	const indices = new Set(group.flatMap(({ sourceIndices }) => sourceIndices));
	return { ...first, sourceNames: [...names], sourceIndices: [...indices].sort((a, b) => a - b) };
}
