/** Targets with a binder that follows from them by a rule, made of a seed: what a binder must fit is in its target. */
import { createRandom, type Random } from "../../../sidecar/base/random.ts";

const letters = "LAGVSERTIDPKQNFYMHWC";

/** Residues of a binder, and of the site of the target that it answers. */
const binderLength = 6;
const sitePlaces = 10;
const tailLength = 6;

export interface Pair {
	readonly target: string;
	readonly binder: string;
}

/**
 * A target has a site between W and C of random residues; a binder has its partners in order (charge for charge, size for
 * size), of which each is one of two. Two binders of a target differ, so that single residues are uncertain and the pair
 * is not.
 */
export function peptidePairs(seed: number, count: number): Pair[] {
	const random = createRandom(seed, 0x70657074);
	return Array.from({ length: count }, () => pairOf(random));
}

/**
 * Single sequences, such as a protein model is pre-trained on: targets, and as many chains that fold upon themselves, with
 * a site and its partners at some distance. None is a target with its binder at the end.
 */
export function peptideChains(seed: number, count: number): string[] {
	const random = createRandom(seed, 0x63686169);
	return Array.from({ length: count }, (_, at) => {
		const { target, binder } = pairOf(random);
		if (at % 2 === 0) return target;
		const tail = Array.from({ length: 1 + random.below(tailLength) }, () => filler(random));
		return target + binder + tail.join("");
	});
}

function pairOf(random: Random): Pair {
	const site = Array.from({ length: binderLength }, () => random.below(siteLetters.length));
	const before = Array.from({ length: random.below(sitePlaces) }, () => filler(random)).join("");
	const after = Array.from({ length: random.below(sitePlaces) }, () => filler(random)).join("");
	const text = site.map((letter) => siteLetters[letter]).join("");
	const binder = site.map((letter) => partners[letter]![random.below(2)]).join("");
	return { target: `${before}W${text}C${after}`, binder };
}

/** The letters of a site, and the two partners of each. */
const siteLetters = "LAGVSERT";
const partners = ["ID", "PK", "QN", "FY", "MH", "LA", "GV", "SE"];

function filler(random: Random): string {
	return letters[random.below(letters.length - 2)]!; // neither W nor C
}
