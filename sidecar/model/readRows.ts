/**
 * What the last layer of an encoder leaves out. A loss that reads some rows of the result needs of this layer the keys and
 * values of all tokens, and the queries, the mixed values and the feed-forward of those rows alone.
 */
import { gather } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { EncoderConfig } from "./config.ts";
import type { EncoderInputs } from "./inputs.ts";
import { pickRows } from "./places.ts";

type Pick = (rows: Value) => Value;

/** Which rows of a layer go on, each a function of rows [batch * length, width]; all do but in the last layer. */
export interface ReadRows {
	/** Of the input those that ask: the queries are made of them. */
	readonly asking: Pick;
	/** Of the mixed values of those that ask, the ones that go on. */
	readonly mixed: Pick;
	/** Of the layer's input the ones that go on. */
	readonly kept: Pick;
	/** The places in their row of those that ask, [batch, count] int32; absent where all do. */
	readonly places?: Value;
}

const all: Pick = (rows) => rows;

/** The rows of layer `layer` (from 0). */
export function readRows(inputs: EncoderInputs, config: EncoderConfig, layer: number): ReadRows {
	const { at, positions } = inputs;
	if (at === undefined || layer < config.layers - 1) return { asking: all, mixed: all, kept: all };
	const length = positions.shape[1]!;
	const pick: Pick = at.shape.length === 1 ? (rows) => gather(rows, at) : (rows) => pickRows(rows, at, length);
	if (at.shape.length === 2 && queriesStandAlone(inputs, config))
		return { asking: pick, mixed: all, kept: pick, places: at };
	return { asking: all, mixed: pick, kept: pick };
}

/** Whether the scores of a query need neither another query nor a bias by heads, and leaving some out pays. */
function queriesStandAlone({ at, bias, places, positions }: EncoderInputs, config: EncoderConfig): boolean {
	const [batch, length] = positions.shape as [number, number];
	const shared = [bias.global, bias.local].every(({ shape }) => shape[0] === batch && shape[1] === 1);
	const few = 2 * at!.shape[1]! <= length;
	return few && shared && places === undefined && config.architecture !== "deberta-v2";
}
