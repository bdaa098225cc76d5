import { createHash } from "node:crypto";
import { MaskwrightError } from "../base/errors.ts";
import type { Document } from "./document.ts";

export interface SplitOptions {
	/** The share of documents held out, in (0, 1). */
	readonly fraction?: number;
	/** Another seed holds out other documents. */
	readonly seed?: number;
}

/** One document in ten: the scores of a workspace of a few hundred files need some tens of files to mean anything. */
const defaultHeldOutFraction = 0.1;

/**
 * Holds out documents by content hash. Whether a document is held out depends on its own text and
 * the seed alone, so neither new files nor renamed ones move others across the line. Of two or more
 * documents at least one is held out and at least one is left to train on: where the rule alone
 * would give none, the document nearest the line crosses it. A single document is left to train on.
 */
export function splitHeldOut(
	documents: readonly Document[],
	options: SplitOptions = {},
): { train: Document[]; heldOut: Document[] } {
	const { fraction = defaultHeldOutFraction, seed = 0 } = options;
	if (!(fraction > 0 && fraction < 1)) {
		throw new MaskwrightError("recipeInvalid", `The held-out fraction is ${fraction}; it must lie between 0 and 1.`);
	}
	const draws = documents.map((document) => heldOutDraw(document.hash, seed));
	const held = draws.map((draw) => draw < fraction);
	if (documents.length === 1) held[0] = false;
	if (documents.length >= 2) {
		const count = held.filter(Boolean).length;
		if (count === 0) held[extremeIndex(draws, (a, b) => a < b)] = true;
		if (count === documents.length) held[extremeIndex(draws, (a, b) => a > b)] = false;
	}
	return {
		train: documents.filter((_, index) => !held[index]),
		heldOut: documents.filter((_, index) => held[index]),
	};
}

/** A number in [0, 1) from the first 32 bits of SHA-256 over the seed and the content hash. */
function heldOutDraw(hash: string, seed: number): number {
	const digest = createHash("sha256").update(`maskwright held-out ${seed}\n${hash}`).digest();
	return digest.readUInt32BE(0) / 2 ** 32;
}

function extremeIndex(values: readonly number[], before: (a: number, b: number) => boolean): number {
	let best = 0;
	for (let index = 1; index < values.length; index++) if (before(values[index]!, values[best]!)) best = index;
	return best;
}
