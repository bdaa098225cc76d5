import type { Span } from "../protocol/masks.ts";
import { endNear, startNear } from "./slotContext.ts";

/**
 * Text kept to either side of a mask, in UTF-16 code units: some three hundred lines for the names, which costs
 * some two milliseconds, and more than a row of a thousand tokens takes.
 */
const reach = 12_000;

/** The part of a text, in whole lines where they are not too long, that a mask is filled from. */
export function windowAround(text: string, { start, end }: Span): Span {
	return { start: startNear(text.slice(0, start), start - reach), end: end + endNear(text.slice(end), reach) };
}
