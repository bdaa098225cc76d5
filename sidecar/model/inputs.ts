import { concat, gather, matMul, reshape, slice } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { AttentionBias, AttentionContext } from "./attention.ts";
import { type EncoderConfig, isGlobalLayer } from "./config.ts";
import type { Observer } from "./module.ts";

/** What every encoder reads. */
export interface EncoderInputs {
	/** [batch, tokens] int32. */
	readonly inputIds: Value;
	/**
	 * Positions behind the tokens of a row that stand for no token: the input embedding of each is a weighted mean of
	 * those of the tokens, by these weights [batch, length - tokens, tokens]. Absent where length = tokens.
	 */
	readonly means?: Value;
	/** The position within the document, [batch, length] int32; read by absolute position embeddings only. */
	readonly positions: Value;
	/**
	 * Where each token stands in its row, [batch, length] int32, for rotary and relative positions; absent where that is
	 * its index. Below length.
	 */
	readonly places?: Value;
	readonly bias: AttentionBias;
	/** Rows [batch, hidden] that the layers read in place of the embedding of each row's first token. */
	readonly first?: Value;
	/**
	 * The rows that are read of the result; absent where all are. Flat indices b * length + t [rows] int32, or as many of
	 * each row by their places in it, [batch, count] int32, of which the last layer leaves out more.
	 */
	readonly at?: Value;
	/** Told of inner values by module path: attention probabilities and the output of every layer. */
	readonly observe?: Observer;
}

/** The input embeddings [batch * length, hidden] of tokens and means by a table [vocabulary, hidden]. */
export function inputEmbeddings({ inputIds, means }: EncoderInputs, table: Value): Value {
	const [batch, tokens] = inputIds.shape as [number, number];
	const hidden = table.shape[1]!;
	const words = gather(table, reshape(inputIds, [batch * tokens])); // [batch * tokens, hidden]
	if (means === undefined) return words;
	const ofTokens = reshape(words, [batch, tokens, hidden]);
	const length = tokens + means.shape[1]!;
	return reshape(concat([ofTokens, matMul(means, ofTokens)], 1), [batch * length, hidden]);
}

/** Embedded rows [batch * length, hidden] with what `first` puts in place of those of the first tokens. */
export function withFirst(rows: Value, { first, positions }: EncoderInputs): Value {
	if (first === undefined) return rows;
	const [batch, length] = positions.shape as [number, number];
	const hidden = rows.shape[1]!;
	const rest = slice(reshape(rows, [batch, length, hidden]), 1, 1, length);
	return reshape(concat([reshape(first, [batch, 1, hidden]), rest], 1), [batch * length, hidden]);
}

/** How layer `layer` (from 0) attends. */
export function attentionContext(inputs: EncoderInputs, config: EncoderConfig, layer: number): AttentionContext {
	const [batch, length] = inputs.positions.shape as [number, number];
	const isGlobal = isGlobalLayer(config, layer);
	const theta = isGlobal ? config.globalRopeTheta : config.localRopeTheta;
	return {
		batch,
		length,
		bias: isGlobal ? inputs.bias.global : inputs.bias.local,
		ropeTheta: config.positionEmbedding === "rope" ? theta : undefined,
		...(inputs.places === undefined ? {} : { places: inputs.places }),
	};
}
