/** Which tokens of a text look as if another had stood there: the detector of a model that was trained with one. */
import { setImmediate } from "node:timers/promises";
import { MaskwrightError } from "../../base/errors.ts";
import type { SuspicionReport } from "../../protocol/inspect/suspicion.ts";
import type { Span } from "../../protocol/masks.ts";
import { type Detector, openDetector } from "../detector.ts";
import type { LoadedModel, OpenOptions } from "../loadedModel.ts";
import type { NamedModel } from "./masksQuestion.ts";
import { between, lineAt, lineStarts, type TextTokens, tokenRange, tokensOfText } from "./textTokens.ts";

/** Rows of one run of the model. */
const rows = 8;

export interface SuspicionQuestion {
	readonly text: string;
	readonly range?: Span | undefined;
	/** Tokens with a higher probability are told; by default the model's own threshold. */
	readonly threshold?: number | undefined;
}

/**
 * The suspicious tokens of a text, or of those that touch a part of it, most suspicious first. Throws `modelInvalid` for
 * a model without a detector, and `interrupted` when the signal is aborted.
 */
export async function suspicionReport(
	{ name, model, open }: NamedModel & { readonly open: OpenOptions },
	{ text, range, threshold = model.detector?.threshold }: SuspicionQuestion,
	signal?: AbortSignal,
): Promise<SuspicionReport> {
	if (model.detector === undefined || threshold === undefined) throw withoutDetector(name);
	const tokens = tokensOfText(model.tokenizer, text);
	const { first, end } = tokenRange(tokens, range);
	const probabilities = await detect(model, tokens, { first, end, open, signal });
	const starts = lineStarts(text);
	const found = Array.from({ length: end - first }, (_, at) => ({ at: first + at, probability: probabilities[at]! }))
		.filter(({ at, probability }) => probability > threshold && textOf(tokens, at).trim() !== "")
		.sort((a, b) => b.probability - a.probability || a.at - b.at)
		.map(({ at, probability }) => {
			const [start, stop] = [tokens.starts[at]!, tokens.ends[at]!];
			return { start, end: stop, text: textOf(tokens, at), line: lineAt(starts, start), probability };
		});
	return { tokens: found, lines: linesOf(found), threshold, judged: end - first, model: name };
}

/** Says what to do about a model that has no detector. */
function withoutDetector(name: string): MaskwrightError {
	return new MaskwrightError(
		"modelInvalid",
		`The model ${name} has no detector of replaced tokens. Train one that has: maskwright train FOLDER --recipe electra.`,
	);
}

function linesOf(found: SuspicionReport["tokens"]): SuspicionReport["lines"] {
	const lines = new Map<number, { line: number; probability: number; tokens: number }>();
	for (const { line, probability } of found) {
		const known = lines.get(line);
		if (known === undefined) lines.set(line, { line, probability, tokens: 1 });
		else known.tokens++; // the first of a line is its most suspicious
	}
	return [...lines.values()];
}

function textOf({ text, starts, ends }: TextTokens, at: number): string {
	return text.slice(starts[at], ends[at]);
}

/**
 * The probabilities of the tokens [first, end). Windows overlap by half, and a token is judged where it stands nearest
 * to the middle of one.
 */
async function detect(
	model: LoadedModel,
	tokens: TextTokens,
	options: {
		readonly first: number;
		readonly end: number;
		readonly open: OpenOptions;
		readonly signal: AbortSignal | undefined;
	},
): Promise<Float32Array> {
	const { first, end, open, signal } = options;
	const { cls, sep } = model.tokenizer.special;
	const stream = between(cls, tokens.ids, sep);
	const length = model.sequenceLength;
	const detector = await detectorOf(model, open);
	const found = new Float32Array(end - first);
	const windows = windowsOver(stream.length, length).filter((start) => start <= end && start + length > first + 1);
	for (let at = 0; at < windows.length; at += rows) {
		if (signal?.aborted) throw new MaskwrightError("interrupted", "The model was stopped before it was done.");
		const group = windows.slice(at, at + rows);
		const probabilities = await detector.probabilities(inputsOf(model, stream, { starts: group, length }));
		for (const [row, start] of group.entries()) {
			const [from, to] = ownPart(start, { length, total: stream.length });
			// The stream has one token, [CLS], before those of the text.
			for (let place = Math.max(from, first + 1); place < Math.min(to, end + 1); place++) {
				found[place - 1 - first] = probabilities[row * length + place - start]!;
			}
		}
		await setImmediate(); // lets a message in that cancels
	}
	return found;
}

/** Where windows of `length` tokens begin that overlap by half and end with the stream. */
export function windowsOver(total: number, length: number): number[] {
	const step = Math.max(1, Math.floor(length / 2));
	const starts: number[] = [];
	for (let start = 0; start === 0 || start + length < total + step; start += step) {
		starts.push(Math.max(0, Math.min(start, total - length)));
	}
	return [...new Set(starts)];
}

/** The part [from, to) of a window that stands nearer to its middle than to that of its neighbours. */
export function ownPart(
	start: number,
	{ length, total }: { readonly length: number; readonly total: number },
): [number, number] {
	const quarter = Math.floor(length / 4);
	const isLast = start + length >= total;
	return [start === 0 ? 0 : start + quarter, isLast ? total : start + length - quarter];
}

function inputsOf(
	model: LoadedModel,
	stream: Int32Array,
	{ starts, length }: { readonly starts: readonly number[]; readonly length: number },
) {
	const inputIds = new Int32Array(rows * length).fill(model.tokenizer.special.pad);
	const segments = new Int32Array(rows * length).fill(-1);
	const positions = new Int32Array(rows * length);
	for (const [row, start] of starts.entries()) {
		const ids = stream.subarray(start, start + length);
		inputIds.set(ids, row * length);
		segments.fill(0, row * length, row * length + ids.length);
		for (let at = 0; at < ids.length; at++) positions[row * length + at] = at;
	}
	return { inputIds, segments, positions };
}

const detectors = new WeakMap<object, Promise<Detector>>();

/** The session of a model's detector, which is freed with the model. */
function detectorOf(model: LoadedModel, { executionProvider, threads }: OpenOptions): Promise<Detector> {
	const { config, weights, sequenceLength } = model;
	let detector = detectors.get(weights);
	if (detector === undefined) {
		const compute = { executionProvider, ...(threads === undefined ? {} : { threads }) };
		detector = openDetector({ config, weights, rows, sequenceLength, ...compute });
		detectors.set(weights, detector);
		detector.catch(() => detectors.delete(weights));
		model.alsoRelease(async () => {
			detectors.delete(weights);
			await (await detector)?.release();
		});
	}
	return detector;
}
