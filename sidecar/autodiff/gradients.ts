import { invariant } from "../base/errors.ts";
import { add, filled, sumTo } from "./functions.ts";
import { formatShape, sameShape, sizeOf } from "./shapes.ts";
import type { BackwardRule, TapeEntry, Value } from "./value.ts";

/**
 * The gradient of `loss` (one element) by each of `wrt`, in its shape; zeros for
 * one that the loss does not depend on. Walks the tape in reverse. Three chores
 * are done here and nowhere else: summing over broadcast axes, accumulating over
 * consumers, and skipping what no asked-for value depends on.
 */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
	invariant(
		loss.dtype === "float32" && sizeOf(loss.shape) === 1,
		`a loss must be one float32, and ${loss.name} is ${loss.dtype} ${formatShape(loss.shape)}.`,
	);
	const graph = loss.graph;
	const tape = [...graph.tape];
	const needed = dependents(tape, wrt);
	const sums = new Map<Value, Value>([[loss, filled(loss, loss.shape, 1)]]);
	for (const entry of tape.reverse()) {
		const outputGradients = entry.outputs.map((output) => sums.get(output));
		if (outputGradients.every((gradient) => gradient === undefined)) continue;
		graph.scope(entry.scope === "" ? "gradient" : `gradient.${entry.scope}`, () => {
			entry.rules.forEach((rule, position) => {
				const input = entry.inputs[position]!;
				if (needed.has(input)) backward(rule, { input, entry, outputGradients, sums });
			});
		});
	}
	return wrt.map((value) => sums.get(value) ?? filled(value, value.shape, 0));
}

/** The values whose gradient is needed: `wrt`, and all that depends on them by a rule that is not "zero". */
function dependents(tape: readonly TapeEntry[], wrt: readonly Value[]): Set<Value> {
	const needed = new Set(wrt);
	for (const { inputs, outputs, rules } of tape) {
		const reached = inputs.some((input, position) => needed.has(input) && rules[position] !== "zero");
		if (reached) for (const output of outputs) needed.add(output);
	}
	return needed;
}

interface Step {
	readonly input: Value;
	readonly entry: TapeEntry;
	readonly outputGradients: readonly (Value | undefined)[];
	readonly sums: Map<Value, Value>;
}

function backward(rule: BackwardRule, { input, entry, outputGradients, sums }: Step): void {
	if (rule === "zero") return;
	const accumulated = sums.get(input);
	const raw = rule.compute({ outputGradients, accumulated });
	const gradient = sumTo(raw, input.shape);
	invariant(
		sameShape(gradient.shape, input.shape) && gradient.dtype === "float32",
		`the rule of ${entry.name} gave ${formatShape(raw.shape)} for ${input.name}, ${formatShape(input.shape)}.`,
	);
	const added = rule.kind === "increment" && accumulated !== undefined;
	sums.set(input, added ? add(accumulated, gradient) : gradient);
}
