import type { ModelDescription, NodeDescription } from "./model.ts";

/** Leaves out the nodes and the initializers of which nothing is read, such as those that a rewrite has replaced. */
export function dropUnused(model: ModelDescription): ModelDescription {
	const read = new Set(model.outputs.map(({ name }) => name));
	const nodes: NodeDescription[] = [];
	for (const node of model.nodes.toReversed()) {
		if (!node.outputs.some((output) => read.has(output))) continue;
		nodes.push(node);
		for (const input of node.inputs) read.add(input);
	}
	const initializers = model.initializers.filter(({ name }) => read.has(name));
	return { ...model, nodes: nodes.reverse(), initializers };
}
