/** What a masked prediction is owed to, token by token: input times gradient, and integrated gradients. */
import { setImmediate } from "node:timers/promises";
import { MaskwrightError } from "../../base/errors.ts";
import { embeddingWidth } from "../../model/config.ts";
import { tokenEmbeddingName } from "../../model/names.ts";
import type { LoadedModel, OpenOptions } from "../loadedModel.ts";
import { requireHead } from "../predictingHead.ts";
import { type GradientInputs, type GradientResult, type GradientSession, openGradients } from "./gradientSession.ts";
import { type Judgement, judge } from "./judgement.ts";
import { gaussLegendre } from "./quadrature.ts";

export interface Saliency {
	/** The id whose log-probability is explained. */
	readonly target: number;
	/** What the model says at the place. */
	readonly judgement: Judgement;
	/** By token [n], nats: embedding times gradient, summed over its units. */
	readonly inputTimesGradient: Float64Array;
	/** By token [n], nats. */
	readonly integratedGradients: Float64Array;
	/** log p of the target, less log p at the baseline: what the integrated gradients should sum to. */
	readonly difference: number;
	/** |sum - difference| / |difference|. */
	readonly missing: number;
	/** Of the quadrature. */
	readonly points: number;
}

export interface SaliencyOptions extends OpenOptions {
	/** The token that is masked and predicted, among the ids. */
	readonly position: number;
	/** The id to explain; by default the true one. */
	readonly target?: number;
	/** Checked between runs; throws `interrupted`. */
	readonly signal?: AbortSignal;
}

/** Tokens of one run, forward and backward. */
const tokensPerRun = 1024;

const lengthStep = 32;

/** Completeness that is good enough, and the points beyond which more do not help. */
const completeEnough = 0.005;
const mostPoints = 256;

/** Tokens to the likeliest, for the panel. */
const top = 5;

/**
 * Explains log p(target) at a masked token of a row `ids` [n] with [CLS] first and [SEP] last. Integrated gradients
 * (Sundararajan et al. 2017, eq. 1) go along the straight line from a baseline in which every other token but those
 * two is masked as well, with ever more points until they sum to the difference.
 */
export async function explainPrediction(
	model: LoadedModel,
	ids: Int32Array,
	{ position, target = ids[position]!, signal, ...open }: SaliencyOptions,
): Promise<Saliency> {
	requireHead(model.config, model.weights);
	const length = Math.ceil(ids.length / lengthStep) * lengthStep;
	const copies = Math.max(1, Math.min(16, Math.floor(tokensPerRun / length)));
	const session = await openGradients(model, { ...open, shape: { copies, length } });
	try {
		const ends = lineEnds(model, ids, { position, length });
		const line: Line = { ...ends, session, count: ids.length, position, target, ...(signal && { signal }) };
		const [start, end] = await lineEndGradients(line);
		const size = model.config.vocabularySize;
		const judgement = judge(model, end.probabilities.slice(0, size), { truth: target, top });
		const difference = end.logProbability - start.logProbability;
		let found = { integratedGradients: new Float64Array(ids.length), missing: Number.POSITIVE_INFINITY, points: 0 };
		for (let points = 16; points <= mostPoints && found.missing > completeEnough; points *= 2) {
			found = await integrate(line, { points, difference });
		}
		return { target, judgement, inputTimesGradient: perToken(line, end.gradient, ends.end), difference, ...found };
	} finally {
		await session.release();
	}
}

/** The straight line between two rows of embeddings [T, embedding], and what is asked along it. */
interface Line {
	readonly start: Float32Array;
	readonly end: Float32Array;
	readonly session: GradientSession;
	readonly count: number;
	readonly position: number;
	readonly target: number;
	readonly signal?: AbortSignal;
}

interface PointGradient {
	readonly logProbability: number;
	/** [T, embedding]. */
	readonly gradient: Float32Array;
	readonly probabilities: Float32Array;
}

function lineEnds(
	{ config, weights, tokenizer }: LoadedModel,
	ids: Int32Array,
	{ position, length }: { readonly position: number; readonly length: number },
): { start: Float32Array; end: Float32Array } {
	const width = embeddingWidth(config);
	const table = weights.get(tokenEmbeddingName(config))!;
	const embed = (row: ArrayLike<number>): Float32Array => {
		const embeddings = new Float32Array(length * width);
		for (let at = 0; at < row.length; at++) {
			embeddings.set(table.subarray(row[at]! * width, (row[at]! + 1) * width), at * width);
		}
		return embeddings;
	};
	const { mask } = tokenizer.special;
	const inner = (at: number): boolean => at > 0 && at < ids.length - 1;
	return {
		start: embed(ids.map((id, at) => (inner(at) ? mask : id))),
		end: embed(ids.map((id, at) => (at === position ? mask : id))),
	};
}

async function lineEndGradients(line: Line): Promise<[start: PointGradient, end: PointGradient]> {
	const found: PointGradient[] = [];
	await visitGradients(line, [0, 1], (gradient) => found.push(gradient));
	return found as [PointGradient, PointGradient];
}

/** Visits the gradients at places from 0 to 1 of the line, in order. */
async function visitGradients(
	line: Line,
	places: ArrayLike<number>,
	visit: (gradient: PointGradient, index: number) => void,
): Promise<void> {
	const { session, start, end, count, position, target, signal } = line;
	const { copies } = session.shape;
	const size = start.length;
	for (let from = 0; from < places.length; from += copies) {
		if (signal?.aborted) throw new MaskwrightError("interrupted", "The model was stopped before it was done.");
		const embeddings = new Float32Array(copies * size);
		for (let copy = 0; copy < copies; copy++) {
			const place = places[Math.min(from + copy, places.length - 1)]!;
			for (let unit = 0; unit < size; unit++) {
				embeddings[copy * size + unit] = start[unit]! + place * (end[unit]! - start[unit]!);
			}
		}
		const inputs: GradientInputs = { embeddings, count, position, target };
		const result = await session.run(inputs);
		for (let copy = 0; copy < Math.min(copies, places.length - from); copy++) {
			visit(pointOf(result, copy, copies), from + copy);
		}
		await setImmediate(); // lets a message in that cancels
	}
}

function pointOf(result: GradientResult, copy: number, copies: number): PointGradient {
	const part = (all: Float32Array): Float32Array =>
		all.slice((copy * all.length) / copies, ((copy + 1) * all.length) / copies);
	return {
		logProbability: result.logProbabilities[copy]!,
		gradient: part(result.gradients),
		probabilities: part(result.probabilities),
	};
}

async function integrate(
	line: Line,
	{ points, difference }: { readonly points: number; readonly difference: number },
): Promise<{ integratedGradients: Float64Array<ArrayBuffer>; missing: number; points: number }> {
	const { places, weights } = gaussLegendre(points);
	const step = line.end.map((value, unit) => value - line.start[unit]!);
	const integratedGradients = new Float64Array(line.count);
	await visitGradients(line, places, ({ gradient }, point) => {
		perToken(line, gradient, step).forEach((value, token) => {
			integratedGradients[token]! += weights[point]! * value;
		});
	});
	const sum = integratedGradients.reduce((total, value) => total + value, 0);
	const missing = difference === 0 ? Math.abs(sum) : Math.abs(sum - difference) / Math.abs(difference);
	return { integratedGradients, missing, points };
}

/** The product of a gradient and embeddings, both [T, embedding], summed over the units of each token [n]. */
function perToken(
	{ count, session }: Line,
	gradient: Float32Array,
	embeddings: Float32Array,
): Float64Array<ArrayBuffer> {
	const width = embeddings.length / session.shape.length;
	const sums = new Float64Array(count);
	for (let token = 0; token < count; token++) {
		for (let unit = token * width; unit < (token + 1) * width; unit++) {
			sums[token]! += gradient[unit]! * embeddings[unit]!;
		}
	}
	return sums;
}
