import { type Random, shuffle } from "../../base/random.ts";
import type { StrategyConfig } from "./config.ts";
import { markedRuns } from "./markedUnits.ts";
import type { RowView } from "./rowView.ts";
import { markedClass, tokenMark } from "./tokenMark.ts";

type EntityConfig = Extract<StrategyConfig, { name: "entity" }>;

/**
 * Positions of a row, ascending, after Linguistic Entity Masking (Fernando and Ranathunga 2025, section 3): each span
 * of a class is drawn by the rate of its class, and of a drawn span one token, evenly, so that the rest of it is seen;
 * or all of its tokens. Where that is more than the row has room for, spans are left out at random.
 */
export function entityPositions(row: RowView, config: EntityConfig, random: Random): Int32Array {
	const drawn: number[][] = [];
	for (const { start, end, mark } of markedRuns(row, tokenMark.spanClass, tokenMark.spanBegins)) {
		const rate = config.rates[markedClass(mark)!];
		if (rate === undefined || random.uniform() >= rate) continue;
		const tokens: number[] = [];
		for (let at = start; at < end; at++) if (row.maskable[at] === 1) tokens.push(at);
		if (tokens.length > 0) drawn.push(config.tokens === "all" ? tokens : [tokens[random.below(tokens.length)]!]);
	}
	const room = mostEntities(
		config,
		row.maskable.reduce((sum, one) => sum + one, 0),
	);
	if (drawn.reduce((sum, tokens) => sum + tokens.length, 0) <= room) return Int32Array.from(drawn.flat());
	return Int32Array.from(withRoom(shuffle(drawn, random), room)).sort();
}

/** No row with so many ordinary tokens has more chosen ones. */
export function mostEntities({ most }: EntityConfig, maskable: number): number {
	return Math.floor(most * maskable);
}

/** The spans, in turn, that together are no more than `room` tokens. */
function withRoom(spans: readonly number[][], room: number): number[] {
	const taken: number[] = [];
	for (const tokens of spans) if (taken.length + tokens.length <= room) taken.push(...tokens);
	return taken;
}
