import assert from "node:assert/strict";
import { compile } from "../../sidecar/autodiff/compile.ts";
import { add, filled, mul, reduceSum } from "../../sidecar/autodiff/functions.ts";
import { gradients } from "../../sidecar/autodiff/gradients.ts";
import { Graph } from "../../sidecar/autodiff/graph.ts";
import type { CaseInput } from "../../sidecar/autodiff/operator.ts";
import type { TapeEntry, Value } from "../../sidecar/autodiff/value.ts";
import { createRandom } from "../../sidecar/base/random.ts";
import { openSession, type SessionOptions } from "../../sidecar/session/session.ts";
import { type Tensor, tensor } from "../../sidecar/session/tensor.ts";
import { evaluate } from "./evaluator.ts";

/** A function of tensors to be checked: an operator, a composite or a whole block. */
export interface Subject {
	readonly name: string;
	readonly inputs: readonly CaseInput[];
	readonly outputs: (inputs: readonly Value[]) => readonly Value[];
	/** How many of the outputs the loss reads; all float32 ones by default. */
	readonly differentiable?: number;
}

/** The worst errors found, each relative to the largest element of its tensor. */
export interface Errors {
	readonly forward: number;
	readonly gradient: number;
}

/** The tape index of a rule, and what to put in its place. */
export type Mutation = (tape: readonly TapeEntry[]) => void;

/**
 * Builds the subject and the gradient of a random weighing of its outputs, runs
 * both in float32, and compares shapes with the session's, outputs with the
 * float64 evaluator's and gradients with its central finite differences.
 */
export async function measure(subject: Subject, options: Partial<SessionOptions> & { mutate?: Mutation } = {}) {
	const { mutate, ...session } = options;
	const graph = new Graph();
	const problem = pose(subject, { graph, prefix: "", mutate });
	const run = await runProblems([problem], { executionProvider: "cpu", threads: 1, ...session });
	return compare(problem, run);
}

/**
 * Runs the outputs and gradients of all subjects as one model, and gives the
 * worst error of each against the evaluator on the same graph.
 */
export async function measureTogether(
	subjects: readonly Subject[],
	options: SessionOptions,
): Promise<Map<string, number>> {
	const graph = new Graph();
	const problems = subjects.map((subject, index) => pose(subject, { graph, prefix: `subject${index}.` }));
	const run = await runProblems(problems, options);
	const values = problems.flatMap(({ outputs, slopes }) => [...outputs, ...slopes]);
	const expected = evaluate(graph, new Map(problems.flatMap(({ feeds }) => [...feeds])), values);
	const worst = new Map<string, number>();
	for (const problem of problems) {
		const names = Object.keys(namedResults(problem));
		const errors = names.map((name) => distance(run[name]!.data, expected.shift()!));
		worst.set(problem.subject.name, Math.max(...errors));
	}
	return worst;
}

interface Problem {
	readonly subject: Subject;
	readonly graph: Graph;
	readonly prefix: string;
	readonly feeds: ReadonlyMap<string, Float32Array | Int32Array | Uint8Array>;
	readonly outputs: readonly Value[];
	readonly wrt: readonly Value[];
	readonly loss: Value | undefined;
	readonly slopes: readonly Value[];
}

interface Pose {
	readonly graph: Graph;
	readonly prefix: string;
	readonly mutate?: Mutation | undefined;
}

function pose(subject: Subject, { graph, prefix, mutate }: Pose): Problem {
	const inputs = subject.inputs.map(({ shape, dtype }, index) => graph.input(`${prefix}input${index}`, shape, dtype));
	const feeds = new Map(inputs.map(({ name }, index) => [name, contents(subject.inputs[index]!, index)]));
	const outputs = subject.outputs(inputs);
	mutate?.(graph.tape);
	const wrt = inputs.filter((input) => input.dtype === "float32");
	const weighed = outputs
		.slice(0, subject.differentiable ?? outputs.length)
		.filter((output) => output.dtype === "float32")
		.map((output, index) => {
			const weights = contents({ shape: output.shape, dtype: "float32", values: "normal" }, 1000 + index);
			return reduceSum(mul(output, graph.constant(weights as Float32Array, output.shape)));
		});
	const loss = weighed.length === 0 ? undefined : weighed.reduce((a, b) => add(a, b));
	return { subject, graph, prefix, feeds, outputs, wrt, loss, slopes: loss === undefined ? [] : gradients(loss, wrt) };
}

/** What to run of a problem, by the name that it has in the model. */
function namedResults({ outputs, slopes, prefix }: Problem): Record<string, Value> {
	return {
		...Object.fromEntries(outputs.map((output, index) => [`${prefix}output${index}`, output])),
		...Object.fromEntries(slopes.map((slope, index) => [`${prefix}slope${index}`, slope])),
	};
}

async function runProblems(problems: readonly Problem[], options: SessionOptions): Promise<Record<string, Tensor>> {
	const { model, inputs } = compile(Object.assign({}, ...problems.map(namedResults)));
	const feeds = new Map(problems.flatMap((problem) => [...problem.feeds]));
	const session = await openSession(model, options);
	const used = Object.entries(inputs).map(([name, { shape }]) => [name, tensor(feeds.get(name)!, shape)]);
	const results = await session.run(Object.fromEntries(used));
	await session.release();
	return results;
}

function compare(problem: Problem, run: Readonly<Record<string, Tensor>>): Errors {
	const { subject, graph, feeds, outputs, wrt, loss, slopes } = problem;
	outputs.forEach(({ shape, dtype }, index) => {
		const real = run[`output${index}`]!;
		assert.deepEqual([real.shape, real.dtype], [shape, dtype], `${subject.name}: shape rule against the session`);
	});
	const expected = evaluate(graph, feeds, outputs);
	const forward = Math.max(...expected.map((data, index) => distance(run[`output${index}`]!.data, data)));
	const gradient = wrt.map((input, index) => {
		if (loss === undefined) return 0;
		assert.deepEqual(run[`slope${index}`]!.shape, slopes[index]!.shape);
		return distance(run[`slope${index}`]!.data, finiteDifferences(graph, feeds, { loss, input }));
	});
	return { forward, gradient: Math.max(0, ...gradient) };
}

const step = 1e-4; // central differences in float64: the error is some 1e-9

function finiteDifferences(
	graph: Graph,
	feeds: Problem["feeds"],
	{ loss, input }: { loss: Value; input: Value },
): Float64Array {
	const moved = Float64Array.from(feeds.get(input.name)!);
	const at = (index: number, value: number): number => {
		moved[index] = value;
		return evaluate(graph, new Map<string, ArrayLike<number>>([...feeds, [input.name, moved]]), [loss])[0]![0]!;
	};
	return Float64Array.from(feeds.get(input.name)!).map((value, index) => {
		const slope = (at(index, value + step) - at(index, value - step)) / (2 * step);
		moved[index] = value;
		return slope;
	});
}

/** The largest difference, relative to the largest expected element; NaN counts as infinite. */
function distance(actual: ArrayLike<number>, expected: Float64Array): number {
	const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 0) || 1;
	return expected.reduce((worst, value, index) => {
		const difference = Math.abs(actual[index]! - value) / scale;
		return Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
	}, 0);
}

function contents({ shape, values }: CaseInput, stream: number): Float32Array | Int32Array | Uint8Array {
	const random = createRandom(7, stream, ...shape);
	const size = shape.reduce((a, b) => a * b, 1);
	if (values === "normal") return Float32Array.from({ length: size }, () => random.normal());
	if (values === "positive") return Float32Array.from({ length: size }, () => 0.5 + 2 * random.uniform());
	if (values === "flags") return Uint8Array.from({ length: size }, () => random.below(2));
	return Int32Array.from({ length: size }, () => random.below(values.below));
}

/** A mutation that replaces the rule for one input of the entry whose name starts so. */
export function breakRule(name: string, position: number, how: "scaled" | "dropped"): Mutation {
	return (tape) => {
		const entry = tape.find((candidate) => candidate.name === name || candidate.name.startsWith(`${name}_`));
		const rule = entry?.rules[position];
		if (entry === undefined || rule === undefined || rule === "zero")
			throw new Error(`${name} has no rule ${position}.`);
		const rules = [...entry.rules];
		rules[position] = {
			kind: rule.kind,
			compute: (state) =>
				how === "scaled"
					? mul(rule.compute(state), 1.1)
					: (state.accumulated ?? filled(entry.inputs[position]!, entry.inputs[position]!.shape, 0)),
		};
		if (how === "dropped") rules[position] = { kind: "accumulate", compute: rules[position].compute };
		Object.assign(entry, { rules });
	};
}
