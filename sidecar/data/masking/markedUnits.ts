import type { Random } from "../../base/random.ts";
import { spanClasses } from "../../syntax/namedSpans.ts";
import type { TokenRow, Unit } from "../pieces.ts";
import type { StrategyConfig } from "./config.ts";
import { ngramMark, type RegionName, regionMark, tokenMark } from "./tokenMark.ts";

type SyntaxConfig = Extract<StrategyConfig, { name: "syntax" }>;

interface WeightedUnit extends Unit {
	readonly weight: number;
}

/**
 * The spans of the chosen classes in a row, in parts of at most `longest` tokens; or one token of each, drawn evenly:
 * Linguistic Entity Masking leaves the rest of an entity to be seen.
 */
export function syntaxUnits(row: TokenRow, config: SyntaxConfig, random: Random): WeightedUnit[] {
	const units: WeightedUnit[] = [];
	for (const { start, end, mark } of markedRuns(row, tokenMark.spanClass, tokenMark.spanBegins)) {
		const weight = config.classes[spanClasses[mark - 1]!];
		if (weight === undefined) continue;
		if (config.tokens === "one") {
			const at = start + random.below(end - start);
			units.push({ start: at, end: at + 1, weight });
			continue;
		}
		for (let at = start; at < end; at += config.longest) {
			units.push({ start: at, end: Math.min(end, at + config.longest), weight });
		}
	}
	return units;
}

/** The variables of a row that stand on data-flow edges, or of those the ones that get a value from another. */
export function variableUnits(row: TokenRow, ends: "both" | "uses"): Unit[] {
	const bits = ends === "both" ? tokenMark.uses | tokenMark.gives : tokenMark.uses;
	return [...markedRuns(row, bits, tokenMark.variableBegins)];
}

/** The positions of a region's tokens in a row, ascending. */
export function regionPositions({ marks }: Pick<TokenRow, "marks">, region: RegionName): number[] {
	const bit = regionMark(region);
	const positions: number[] = [];
	marks?.forEach((mark, at) => {
		if ((mark & bit) !== 0) positions.push(at);
	});
	return positions;
}

/**
 * The n-grams of the run's lexicon in a row and every other token alone: what ERNIE-Gram draws from, since maximum
 * matching cuts the whole row.
 */
export function ngramUnits(row: TokenRow): Unit[] {
	const units: Unit[] = [];
	for (let start = 0; start < row.tokens.length; ) {
		const length = Math.max(1, ngramMark.length(row.marks?.[start] ?? 0));
		units.push({ start, end: start + length });
		start += length;
	}
	return units;
}

/** Draws without putting back: the next unit is each of those left by its share of their weight (exponential clocks). */
export function drawnByWeight(units: readonly WeightedUnit[], random: Random): Unit[] {
	const clocks = units.map((unit) => ({ unit, rings: -Math.log1p(-random.uniform()) / unit.weight }));
	return clocks.sort((one, other) => one.rings - other.rings).map(({ unit }) => unit);
}

/** The runs of tokens that one span or variable covers, with what they have of `bits`. */
export function* markedRuns(row: TokenRow, bits: number, begins: number): Iterable<Unit & { readonly mark: number }> {
	const { marks, segments } = row;
	if (marks === undefined) return;
	for (let at = 0; at < marks.length; ) {
		const start = at++;
		const mark = marks[start]! & bits;
		if (mark === 0) continue;
		while (
			at < marks.length &&
			(marks[at]! & bits) === mark &&
			(marks[at]! & begins) === 0 &&
			segments[at] === segments[start]
		) {
			at++;
		}
		yield { start, end: at, mark };
	}
}
