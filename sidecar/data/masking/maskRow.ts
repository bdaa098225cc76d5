import type { Random } from "../../base/random.ts";
import type { PieceTable, TokenRow } from "../pieces.ts";
import type { Masking, ReplacementPolicy, StrategyName } from "./config.ts";
import { rowView, strategyOf } from "./strategies.ts";

/** What became of a chosen token: replaced by the mask token, by a random one, or left as it was. */
export type MaskAction = "mask" | "random" | "same";

/** The chosen positions of one row, ascending, with what the encoder sees there and why. */
export interface MaskedRow {
	readonly positions: Int32Array;
	/** The token id that stands at each position in the input. */
	readonly inputs: Int32Array;
	readonly actions: readonly MaskAction[];
	readonly strategies: readonly StrategyName[];
}

/** How many tokens of a row with `maskable` ordinary tokens are chosen: the rate's share, rounded, exactly. */
export function maskCount(masking: Masking, maskable: number): number {
	return Math.round(masking.rate * maskable);
}

/**
 * Chooses and replaces the tokens of one row. The count is exact; a mixture shares it between its
 * strategies by weight, the units of the larger ones first. Special tokens and padding are never chosen.
 */
export function maskRow(
	row: TokenRow,
	masking: Masking,
	options: { readonly maskId: number; readonly random: Random },
): MaskedRow {
	const { random } = options;
	const view = rowView(row);
	const count = maskCount(
		masking,
		view.maskable.reduce((sum, one) => sum + one, 0),
	);
	const chosenBy: (StrategyName | undefined)[] = new Array(row.tokens.length);
	const shares = shareCount(count, masking, random);
	for (const { config, share } of shares) {
		for (const position of strategyOf(config).choose(view, share, random)) {
			view.maskable[position] = 0;
			chosenBy[position] = config.name;
		}
	}
	const positions = new Int32Array(count);
	const strategies: StrategyName[] = [];
	for (let at = 0; at < row.tokens.length; at++) {
		const name = chosenBy[at];
		if (name === undefined) continue;
		positions[strategies.length] = at;
		strategies.push(name);
	}
	return { positions, strategies, ...replace(row, positions, { ...options, policy: masking.replacement }) };
}

/** Shares `count` by weight: whole parts first, each token that is left over to a strategy drawn by its remainder. */
function shareCount(count: number, masking: Masking, random: Random) {
	const total = masking.strategies.reduce((sum, config) => sum + config.weight, 0);
	const shares = masking.strategies.map((config) => {
		const exact = (count * config.weight) / total;
		return { config, share: Math.floor(exact + 1e-9), rest: Math.max(0, exact - Math.floor(exact + 1e-9)) };
	});
	for (let left = count - shares.reduce((sum, part) => sum + part.share, 0); left > 0; left--) {
		const part = drawByRest(shares, random);
		part.share++;
		part.rest = 0;
	}
	return shares.sort((a, b) => strategyOf(a.config).order - strategyOf(b.config).order);
}

function drawByRest<Part extends { readonly rest: number }>(parts: readonly Part[], random: Random): Part {
	let draw = random.uniform() * parts.reduce((sum, part) => sum + part.rest, 0);
	for (const part of parts) {
		draw -= part.rest;
		if (draw < 0) return part;
	}
	return parts[0]!;
}

function replace(
	row: TokenRow,
	positions: Int32Array,
	options: { readonly maskId: number; readonly random: Random; readonly policy: ReplacementPolicy },
): { inputs: Int32Array; actions: MaskAction[] } {
	const { maskId, random, policy } = options;
	const inputs = new Int32Array(positions.length);
	const actions: MaskAction[] = [];
	positions.forEach((position, index) => {
		const action = drawAction(policy, random);
		actions.push(action);
		if (action === "mask") inputs[index] = maskId;
		else inputs[index] = action === "random" ? randomToken(row.pieces, random) : row.tokens[position]!;
	});
	return { inputs, actions };
}

function drawAction(policy: ReplacementPolicy, random: Random): MaskAction {
	const draw = random.uniform();
	if (draw < policy.mask) return "mask";
	if (draw < policy.mask + policy.random) return "random";
	if (policy.keep > 0) return "same";
	return policy.random > 0 ? "random" : "mask"; // The shares sum to a little less than 1.
}

/** Any token but the special ones, uniformly; it may be the one that stands there (as in BERT's code). */
function randomToken(pieces: PieceTable, random: Random): number {
	return pieces.ordinary[random.below(pieces.ordinary.length)]!;
}
