import { invariant } from "../base/errors.ts";
import type { BackwardRule, Value } from "./value.ts";

/** What a composite's gradient rule sees: its inputs by name, its output, what `forward` saved, and the output's gradient. */
export interface CompositeContext<Input extends string, Saved> {
	readonly inputs: Readonly<Record<Input, Value>>;
	readonly output: Value;
	readonly saved: Saved;
	readonly g: Value;
}

/**
 * The gradient for one input of a composite: "zero", a function (broadcasting is
 * undone by the walker), or a function that folds in what is accumulated already.
 */
export type CompositeRule<Input extends string, Saved> =
	| "zero"
	| ((context: CompositeContext<Input, Saved>) => Value)
	| { readonly accumulate: (context: CompositeContext<Input, Saved>, accumulated: Value | undefined) => Value };

export interface Composite<Input extends string, Saved> {
	/** Prefixes the names of the nodes that `forward` makes. */
	readonly name: string;
	readonly inputs: Readonly<Record<Input, Value>>;
	/** Builds the output from the inputs and constants alone; `saved` is kept for the gradient. */
	readonly forward: (inputs: Readonly<Record<Input, Value>>) => { output: Value; saved: Saved };
	/** One per input: leaving one out does not compile. */
	readonly gradients: { readonly [Name in Input]: CompositeRule<Input, Saved> };
}

/**
 * Several operators with one gradient of their own: `forward` is off the tape,
 * and the reverse walk sees one entry with the rules given here.
 */
export function composite<Input extends string, Saved>(definition: Composite<Input, Saved>): Value {
	const { name, inputs, forward, gradients } = definition;
	const names = Object.keys(inputs) as Input[];
	const values = names.map((input) => inputs[input]);
	const graph = values[0]!.graph;
	const before = graph.nodes.length;
	const { output, saved } = graph.isolate(name, () => forward(inputs));
	checkClosed(definition, before, output);
	const rules = names.map((input): BackwardRule => {
		const rule = gradients[input];
		if (rule === "zero") return "zero";
		const context = (g: Value): CompositeContext<Input, Saved> => ({ inputs, output, saved, g });
		if (typeof rule === "function")
			return { kind: "increment", compute: ({ outputGradients }) => rule(context(outputGradients[0]!)) };
		return {
			kind: "accumulate",
			compute: ({ outputGradients, accumulated }) => rule.accumulate(context(outputGradients[0]!), accumulated),
		};
	});
	graph.scope(name, () => graph.record({ name, inputs: values, outputs: [output], rules }));
	return output;
}

/** A value used but not declared would silently lose its gradient. */
function checkClosed<Input extends string, Saved>(
	{ name, inputs }: Composite<Input, Saved>,
	before: number,
	output: Value,
): void {
	const { constants, nodes } = output.graph;
	const known = new Set<Value>(Object.values(inputs));
	const made = new Set<Value>();
	for (const node of nodes.slice(before)) {
		for (const input of node.inputs)
			invariant(
				known.has(input) || made.has(input) || constants.has(input),
				`the composite ${name} uses ${input.name}, which is not among its inputs.`,
			);
		for (const value of node.outputs) made.add(value);
	}
	invariant(made.has(output), `the composite ${name} returns a value that it did not make.`);
}
