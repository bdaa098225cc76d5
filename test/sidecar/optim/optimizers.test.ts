import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import type { ParameterSpec } from "../../../sidecar/model/parameters.ts";
import { clipByGlobalNorm } from "../../../sidecar/optim/clipping.ts";
import { createOptimizer, type OptimizerConfig, optimizerSchema } from "../../../sidecar/optim/optimizers.ts";
import { closeTo } from "../../support/closeTo.ts";
import { evaluate } from "../../support/maskedLmGraph.ts";
import { adamWStep, muonStep, newtonSchulz, product, transposed } from "../../support/referenceOptimizers.ts";

const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-6, weightDecay: 0.1 };
const rates = [0.01, 0.02, 0.03, 0.02, 0.01];

test("AdamW takes the five steps of PyTorch", async () => {
	const fixture = JSON.parse(readFileSync(new URL("../../fixtures/model/adamw.json", import.meta.url), "utf8"));
	const config = optimizerSchema.parse({ kind: "adamw", ...fixture.settings });
	const steps: Step[] = fixture.rates.map((learningRate: number, step: number) => ({
		learningRate,
		gradient: Float64Array.from(fixture.gradients.slice(12 * step, 12 * step + 12)),
	}));
	const run = await train(config, spec([4, 3]), { start: Float64Array.from(fixture.start), steps });
	run.forEach((parameter, step) => {
		closeTo(parameter, fixture.after.slice(12 * step, 12 * step + 12), 1e-6);
	});
});

test("AdamW decays matrices alone, and clipping scales the gradient it sees", async () => {
	const config = optimizerSchema.parse({ kind: "adamw", ...settings });
	for (const decay of [true, false]) {
		const { start, steps } = problem(12);
		const expected = start.slice();
		const state = { m: new Float64Array(12), v: new Float64Array(12) };
		steps.forEach(({ gradient, learningRate }, step) => {
			const options = { ...settings, ...state, learningRate, t: step + 1, weightDecay: decay ? 0.1 : 0 };
			adamWStep(
				expected,
				gradient.map((value) => 0.25 * value),
				options,
			);
		});
		const run = await train(config, { ...spec([4, 3]), decay }, { start, steps, gradientScale: 0.25 });
		closeTo(run.at(-1)!, expected, 1e-6);
	}
});

for (const [rows, columns, blocks] of [
	[6, 4, 1],
	[4, 6, 1],
	[15, 5, 3],
] as const) {
	test(`Muon takes five steps of the float64 reference on [${rows}, ${columns}] in ${blocks} block(s)`, async () => {
		const config = optimizerSchema.parse({ kind: "muon", ...settings });
		const { start, steps } = problem(rows * columns);
		const size = start.length / blocks;
		const expected = start.slice();
		for (let block = 0; block < blocks; block++) {
			const part = (values: Float64Array) => values.subarray(block * size, (block + 1) * size);
			const buffer = new Float64Array(size);
			for (const { gradient, learningRate } of steps) {
				const shape = { rows: rows / blocks, columns };
				const options = { ...shape, buffer, learningRate, momentum: 0.95, weightDecay: settings.weightDecay };
				muonStep(part(expected), part(gradient), options);
			}
		}
		const run = await train(config, { ...spec([rows, columns]), matrix: true, blocks }, { start, steps });
		closeTo(run.at(-1)!, expected, 1e-5);
	});
}

test("Muon's updates of many parameters together are those of each by itself", async () => {
	const optimizer = createOptimizer(optimizerSchema.parse({ kind: "muon", ...settings }));
	const matrix = (name: string, shape: readonly number[], blocks = 1) => ({
		...spec(shape),
		name,
		matrix: true,
		blocks,
	});
	const specs: ParameterSpec[] = [
		matrix("tall", [8, 5]),
		matrix("three wide", [15, 8], 3),
		{ ...spec([7]), name: "vector" },
		matrix("square", [6, 6]),
		matrix("large", [1100, 1100]), // with the next one more than are orthogonalised together
		matrix("also large", [1100, 1100]),
		matrix("also wide", [5, 8]),
	];
	const random = createRandom(9);
	const feeds: Record<string, Float32Array> = {};
	const feed = (name: string, shape: readonly number[]): void => {
		const size = shape.reduce((product, length) => product * length, 1);
		feeds[name] = Float32Array.from({ length: size }, () => random.normal());
	};
	for (const [name, value] of Object.entries(optimizer.hyperparameters(3, 0.02))) feeds[name] = Float32Array.of(value);
	for (const parameter of specs) {
		feed(parameter.name, parameter.shape);
		feed(`gradient of ${parameter.name}`, parameter.shape);
		for (const { name, shape } of optimizer.stateSpecs(parameter)) {
			feed(name, shape);
			feeds[name] = feeds[name]!.map(Math.abs);
		}
	}
	const updated = async (some: readonly ParameterSpec[]): Promise<Record<string, Float32Array>> => {
		const graph = new Graph();
		const hyper = Object.fromEntries(optimizer.hyperparameterInputs.map((name) => [name, graph.input(name, [])]));
		const inputs = some.map((parameter) => ({
			spec: parameter,
			parameter: graph.input(parameter.name, parameter.shape),
			gradient: graph.input(`gradient of ${parameter.name}`, parameter.shape),
			state: optimizer.stateSpecs(parameter).map(({ name, shape }) => graph.input(name, shape)),
			hyper,
		}));
		const outputs = optimizer.update(inputs).flatMap(({ parameter, state }, at) => {
			return [parameter, ...state].map((value, part) => [`${some[at]!.name} ${part}`, value] as const);
		});
		return await evaluate(Object.fromEntries(outputs), feeds);
	};
	const together = await updated(specs);
	for (const parameter of specs) {
		for (const [name, values] of Object.entries(await updated([parameter]))) closeTo(together[name]!, values, 1e-5);
	}
});

test("Muon's step has the root mean square that its scale promises, and leaves other tensors to AdamW", async () => {
	const { steps } = problem(64 * 16);
	const config = optimizerSchema.parse({ kind: "muon", ...settings, weightDecay: 0 });
	const start = new Float64Array(64 * 16);
	const [after] = await train(config, { ...spec([64, 16]), matrix: true }, { start, steps: steps.slice(0, 1) });
	const size = Math.sqrt(after!.reduce((sum, value) => sum + value * value, 0) / after!.length);
	assert.ok(size > 0.6 * 0.2 * 0.01 && size < 1.2 * 0.2 * 0.01, `it is ${size}`);
	const vector = { start: start.slice(0, 12), steps: problem(12).steps };
	const adamw = optimizerSchema.parse({ kind: "adamw", ...settings, weightDecay: 0 });
	assert.deepEqual(await train(config, spec([12]), vector), await train(adamw, spec([12]), vector));
});

test("The reference's Newton-Schulz iteration gives nearly orthogonal rows", () => {
	const { start } = problem(4 * 9);
	const x = newtonSchulz(start, 4, 9);
	const gram = product(x, transposed(x, 4, 9), 9);
	gram.forEach((value, i) => {
		assert.ok(Math.abs(value - (i % 5 === 0 ? 1 : 0)) < 0.6, `element ${i} is ${value}`);
	});
});

test("Clipping scales by the norm over all gradients, and only down", async () => {
	const scaleOf = async (maxNorm: number) => {
		const graph = new Graph();
		const gradients = [graph.input("a", [2]), graph.input("b", [1, 2]), graph.input("c", [1])];
		const { norm, scale } = clipByGlobalNorm(gradients, maxNorm);
		const feeds = { a: Float32Array.of(1, 2), b: Float32Array.of(4, 2), c: Float32Array.of(12) };
		const result = await evaluate({ norm, scale }, feeds);
		return [result["norm"]![0]!, result["scale"]![0]!];
	};
	closeTo(await scaleOf(1), [13, 1 / 13], 1e-6);
	closeTo(await scaleOf(20), [13, 1], 1e-6);
});

test("A state tensor is named after its parameter and its meaning", () => {
	const names = (kind: string, matrix: boolean) =>
		createOptimizer(optimizerSchema.parse({ kind }))
			.stateSpecs({ ...spec([2, 2]), matrix })
			.map(({ name }) => name);
	assert.deepEqual(names("adamw", true), ["w.exp_avg", "w.exp_avg_sq"]);
	assert.deepEqual(names("muon", true), ["w.momentum_buffer"]);
	assert.deepEqual(names("muon", false), ["w.exp_avg", "w.exp_avg_sq"]);
});

interface Step {
	readonly learningRate: number;
	readonly gradient: Float64Array;
}

interface Problem {
	readonly start: Float64Array;
	readonly steps: readonly Step[];
	readonly gradientScale?: number;
}

function spec(shape: readonly number[]): ParameterSpec {
	return { name: "w", shape, init: { kind: "zeros" }, decay: true, matrix: false, blocks: 1 };
}

function problem(size: number): Problem {
	const random = createRandom(size);
	const draw = () => Float64Array.from({ length: size }, () => Math.fround(random.normal()));
	return { start: draw(), steps: rates.map((learningRate) => ({ learningRate, gradient: draw() })) };
}

/** The parameter after each step. */
async function train(config: OptimizerConfig, parameter: ParameterSpec, problem: Problem): Promise<Float32Array[]> {
	const optimizer = createOptimizer(config);
	const states = optimizer.stateSpecs(parameter);
	let values: Float32Array[] = [problem.start, ...states.map(() => new Float64Array(problem.start.length))].map(
		(value) => Float32Array.from(value),
	);
	const after: Float32Array[] = [];
	for (const [step, { learningRate, gradient }] of problem.steps.entries()) {
		const graph = new Graph();
		const scale = problem.gradientScale;
		const input = {
			spec: parameter,
			parameter: graph.input("parameter", parameter.shape),
			gradient: graph.input("gradient", parameter.shape),
			state: states.map(({ name, shape }) => graph.input(name, shape)),
			hyper: Object.fromEntries(optimizer.hyperparameterInputs.map((name) => [name, graph.input(name, [])])),
			...(scale === undefined ? {} : { gradientScale: graph.input("scale", []) }),
		};
		const output = optimizer.update([input])[0]!;
		const names = states.map(({ name }) => name);
		const hyper = Object.entries(optimizer.hyperparameters(step, learningRate));
		const result = await evaluate(
			{ next: output.parameter, ...Object.fromEntries(output.state.map((value, i) => [`next ${names[i]}`, value])) },
			{
				parameter: values[0]!,
				gradient,
				scale: Float32Array.of(scale ?? 1),
				...Object.fromEntries(names.map((name, i) => [name, values[i + 1]!])),
				...Object.fromEntries(hyper.map(([name, value]) => [name, Float32Array.of(value)])),
			},
		);
		values = [result["next"]!, ...names.map((name) => result[`next ${name}`]!)];
		after.push(values[0]!);
	}
	return after;
}
