import type { Random } from "../../base/random.ts";
import type { PieceTable, TokenRow } from "../pieces.ts";
import {
	type Masking,
	type ReplacementPolicy,
	type RowMasking,
	rowMaskings,
	type StrategyConfig,
	type StrategyName,
} from "./config.ts";
import { rowView } from "./rowView.ts";
import { strategyOf } from "./strategies.ts";

/** What became of a chosen token: replaced by the mask token, by a random one, or left as it was. */
export type MaskAction = "mask" | "random" | "same";

/** The chosen positions of one row, ascending, with what the encoder sees there and why. */
export interface MaskedRow {
	readonly positions: Int32Array;
	/** The token id that stands at each position in the input. */
	readonly inputs: Int32Array;
	/** The token id that is to be predicted at each position. */
	readonly targets: Int32Array;
	readonly actions: readonly MaskAction[];
	readonly strategies: readonly StrategyName[];
}

/** How many of `maskable` ordinary tokens are chosen: the rate's share, rounded, exactly. */
function maskCount({ rate, strategies }: RowMasking, maskable: number): number {
	return strategies.some((config) => strategyOf(config).counts === "rate") ? Math.round(rate * maskable) : 0;
}

/** The share of the ordinary tokens that is to be chosen; null where all strategies decide their own count. */
export function nominalRate({ rate, strategies }: RowMasking): number | null {
	return strategies.some((config) => strategyOf(config).counts === "rate") ? rate : null;
}

/**
 * No row of `sequenceLength` tokens has more chosen ones. `marks` are those of all rows that may come; without them no
 * token is in a region.
 */
export function mostMasked(masking: Masking, sequenceLength: number, marks?: Int32Array): number {
	const most = rowMaskings(masking).map((ofRow) => {
		const own = ofRow.strategies.reduce((sum, config) => sum + strategyOf(config).most({ sequenceLength, marks }), 0);
		return Math.min(sequenceLength, own + maskCount(ofRow, sequenceLength));
	});
	return Math.max(...most);
}

/**
 * Chooses and replaces the tokens of one row. Strategies that count for themselves choose first. Of what is left the
 * count is exact; a mixture shares it between its strategies by weight, the units of the larger ones first. Special
 * tokens and padding are never chosen. A mixture by row draws first how this row is masked.
 */
export function maskRow(
	row: TokenRow,
	masking: Masking,
	options: { readonly maskId: number; readonly random: Random },
): MaskedRow {
	const { random } = options;
	const ofRow = maskingOfRow(masking, random);
	const view = rowView(row);
	const chosenBy: (StrategyName | undefined)[] = new Array(row.tokens.length);
	const take = (config: StrategyConfig, share: number): void => {
		for (const position of strategyOf(config).choose(view, share, random)) {
			view.maskable[position] = 0;
			chosenBy[position] = config.name;
		}
	};
	for (const config of ofRow.strategies) if (strategyOf(config).counts === "own") take(config, 0);
	const count = maskCount(
		ofRow,
		view.maskable.reduce((sum, one) => sum + one, 0),
	);
	for (const { config, share } of shareCount(count, ofRow, random)) take(config, share);
	const chosen = Array.from(chosenBy.keys()).filter((at) => chosenBy[at] !== undefined);
	const positions = Int32Array.from(chosen);
	const { inputs, actions } = replace(row, positions, { ...options, policy: ofRow.replacement });
	const targets = ofRow.targets === "inputs" ? inputs : positions.map((at) => row.tokens[at]!);
	return { positions, strategies: chosen.map((at) => chosenBy[at]!), inputs, targets, actions };
}

/** Draws how a row is masked; a masking that is no mixture by row draws nothing. */
function maskingOfRow(masking: Masking, random: Random): RowMasking {
	if (masking.otherRows === undefined) return masking;
	let draw = random.uniform();
	for (const other of masking.otherRows) {
		draw -= other.share;
		if (draw < 0) return other;
	}
	return masking;
}

/** Shares `count` by weight: whole parts first, each token that is left over to a strategy drawn by its remainder. */
function shareCount(count: number, { strategies }: RowMasking, random: Random) {
	const sharing = strategies.filter((config) => strategyOf(config).counts === "rate");
	const total = sharing.reduce((sum, config) => sum + config.weight, 0);
	const shares = sharing.map((config) => {
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
