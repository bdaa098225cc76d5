import {
	add,
	concat,
	div,
	matMul,
	mul,
	reduceSum,
	reshape,
	slice,
	sqrt,
	sub,
	transpose,
} from "../autodiff/functions.ts";
import { sizeOf } from "../autodiff/shapes.ts";
import type { Value } from "../autodiff/value.ts";
import type { ParameterSpec } from "../model/parameters.ts";
import { type AdamWOptions, adamW } from "./adamW.ts";
import { type Optimizer, type UpdateInput, type UpdateOutput, updateScope } from "./optimizer.ts";

export interface MuonOptions extends AdamWOptions {
	readonly momentum: number;
	readonly newtonSchulzSteps: number;
}

/**
 * Muon (Jordan 2024, kellerjordan.github.io/posts/muon) on hidden matrices, AdamW on everything else. The update of a
 * matrix is its Nesterov momentum made nearly orthogonal, times 0.2 sqrt(max(rows, columns)): that gives it the root
 * mean square of an AdamW update (Liu et al. 2025, "Muon is scalable for LLM training", eq. 4), so that one learning
 * rate and one weight decay serve both. The blocks of a fused matrix are orthogonalised each on its own.
 */
export function muon(options: MuonOptions): Optimizer {
	const other = adamW(options);
	return {
		stateSpecs: (spec) =>
			spec.matrix ? [{ name: `${spec.name}.momentum_buffer`, shape: spec.shape }] : other.stateSpecs(spec),
		hyperparameterInputs: ["muon.learning_rate", ...other.hyperparameterInputs],
		hyperparameters: (step, learningRate) => ({
			"muon.learning_rate": learningRate,
			...other.hyperparameters(step, learningRate),
		}),
		update: (inputs) => {
			const matrices = inputs.filter(({ spec }) => spec.matrix);
			const rest = inputs.filter(({ spec }) => !spec.matrix);
			const updates = new Map([...zip(matrices, updateMatrices(matrices, options)), ...zip(rest, other.update(rest))]);
			return inputs.map((input) => updates.get(input)!);
		},
	};
}

function updateMatrices(inputs: readonly UpdateInput[], options: MuonOptions): UpdateOutput[] {
	const momenta = inputs.map((input) => updateScope(input, () => momentumOf(input, options)));
	const directions = orthogonalizeAll(
		momenta.map(({ wide }) => wide),
		options.newtonSchulzSteps,
	);
	return inputs.map((input, index) => {
		const { buffer, isTall } = momenta[index]!;
		return updateScope(input, () => {
			const direction = isTall ? transpose(directions[index]!) : directions[index]!;
			return { parameter: moved(input, reshape(direction, input.spec.shape), options), state: [buffer] };
		});
	});
}

/** The next momentum, and Nesterov's as a stack of wide blocks: the smaller Gram matrix is the cheaper. */
function momentumOf({ spec, gradient, gradientScale, state }: UpdateInput, { momentum }: MuonOptions) {
	const [rows, columns] = blockShape(spec);
	const scaled = gradientScale === undefined ? gradient : mul(gradient, gradientScale);
	const buffer = add(mul(state[0]!, momentum), scaled);
	const blocks = reshape(add(mul(buffer, momentum), scaled), [spec.blocks, rows, columns]);
	const isTall = rows > columns;
	return { buffer, isTall, wide: isTall ? transpose(blocks) : blocks };
}

/** The parameter after a step in `direction`. */
function moved({ spec, parameter, hyper }: UpdateInput, direction: Value, { weightDecay }: MuonOptions): Value {
	const rate = mul(hyper["muon.learning_rate"]!, 0.2 * Math.sqrt(Math.max(...blockShape(spec))));
	const kept = weightDecay > 0 ? mul(parameter, hyper["weight_decay_factor"]!) : parameter;
	return sub(kept, mul(direction, rate));
}

function blockShape({ shape, blocks }: ParameterSpec): [rows: number, columns: number] {
	return [shape[0]! / blocks, shape[1]!];
}

/** Elements of blocks that are orthogonalised together: more of small ones keep all cores busy, more of large ones only take memory. */
const elementsTogether = 2 ** 21;

/** `orthogonalize` of every stack, those of one shape together. */
function orthogonalizeAll(stacks: readonly Value[], steps: number): Value[] {
	const results = new Map<Value, Value>();
	for (const group of groupsOfOneShape(stacks)) {
		const whole = group.length === 1 ? group[0]! : concat(group, 0);
		const result = whole.graph.scope("update.orthogonalize", () => orthogonalize(whole, steps));
		let start = 0;
		for (const stack of group) {
			const end = start + stack.shape[0]!;
			results.set(stack, group.length === 1 ? result : slice(result, 0, start, end));
			start = end;
		}
	}
	return stacks.map((stack) => results.get(stack)!);
}

function groupsOfOneShape(stacks: readonly Value[]): Value[][] {
	const open = new Map<string, Value[]>();
	const groups: Value[][] = [];
	for (const stack of stacks) {
		const key = stack.shape.slice(1).join();
		const group = open.get(key);
		const size = [...(group ?? []), stack].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
		if (group !== undefined && size <= elementsTogether) group.push(stack);
		else {
			const started = [stack];
			groups.push(started);
			open.set(key, started);
		}
	}
	return groups;
}

/**
 * Pulls the singular values of each matrix of `stack` [count, rows, columns], columns >= rows, towards 1 by a quintic Newton-Schulz
 * iteration X <- a X + (b A + c A^2) X, A = X X^T. The coefficients give the steepest slope at 0 and so land in about
 * [0.7, 1.2] rather than at 1, which does training no harm (Jordan 2024).
 */
function orthogonalize(stack: Value, steps: number): Value {
	const [a, b, c] = [3.4445, -4.775, 2.0315];
	const norm = add(sqrt(reduceSum(mul(stack, stack), [1, 2], true)), 1e-7);
	let x = div(stack, norm); // spectral norm at most 1
	for (let step = 0; step < steps; step++) {
		const gram = matMul(x, transpose(x));
		// onnxruntime folds each factor and the transpose into its product on the CPU, so they cost nothing.
		const polynomial = add(mul(gram, b), mul(matMul(gram, gram), c));
		x = add(mul(x, a), matMul(polynomial, x));
	}
	return x;
}

function zip<Left, Right>(left: readonly Left[], right: readonly Right[]): [Left, Right][] {
	return left.map((item, index) => [item, right[index]!]);
}
