/**
 * The encoders in float64 on plain arrays, written token by token from the papers (BERT: Devlin et al. 2019; RoBERTa:
 * Liu et al. 2019; DistilBERT: Sanh et al. 2019; ELECTRA: Clark et al. 2020; DeBERTa: He et al. 2021; ModernBERT:
 * Warner et al. 2024) and the published configurations, independent of the engine and of `sidecar/model`'s layers.
 */
import type { EncoderConfig } from "../../sidecar/model/config.ts";
import { bottleneckTerm, coupled } from "./referenceAdapters.ts";
import { distanceScores } from "./referenceDistances.ts";
import { affine, geluExact, logSumExp } from "./referenceMath.ts";
import { bertNames, headPlaces } from "./referenceNames.ts";
import { Reader, type Tensors } from "./referenceReader.ts";

/** Token t of row b stands at b * length + t in every array. */
export interface ReferenceBatch {
	readonly batch: number;
	readonly length: number;
	readonly inputIds: Int32Array;
	readonly positions: Int32Array;
	readonly segments: Int32Array;
	/** Whether a token sees another of its row; by default those of its segment. */
	readonly sees?: (token: number, other: number) => boolean;
	/** By token what the layers read in place of its embedding. */
	readonly embedded?: ReadonlyMap<number, ArrayLike<number>>;
	/** Positions whose word embedding is the mean of those of other tokens. */
	readonly means?: ReadonlyMap<number, readonly number[]>;
}

/** Logits [batch * length, vocabulary] of every token. */
export function referenceLogits(config: EncoderConfig, tensors: Tensors, batch: ReferenceBatch): Float64Array {
	const model = new Reader(config, tensors);
	return headLogits(model, hiddenRows(model, batch));
}

/** Logits [rows, vocabulary] of hidden rows [rows, hidden]. */
export function referenceHead(config: EncoderConfig, tensors: Tensors, hidden: Float64Array): Float64Array {
	return headLogits(new Reader(config, tensors), hidden);
}

/** The encoder's rows [batch * length, hidden]. */
export function referenceHidden(config: EncoderConfig, tensors: Tensors, batch: ReferenceBatch): Float64Array {
	return hiddenRows(new Reader(config, tensors), batch);
}

/**
 * What each head looks at, by layer and head [tokens, tokens] of the whole batch: row i holds what token i gives each
 * token.
 */
export function referenceAttention(config: EncoderConfig, tensors: Tensors, batch: ReferenceBatch): Float64Array[][] {
	const seen: Float64Array[][] = [];
	hiddenRows(new Reader(config, tensors, seen), batch);
	return seen;
}

/** Sum over masked tokens of weight * -log p(label). */
export function referenceMaskedLmLoss(
	logits: Float64Array,
	targets: { maskedPositions: Int32Array; labels: Int32Array; weights: Float32Array; vocabularySize: number },
): number {
	let loss = 0;
	targets.maskedPositions.forEach((position, i) => {
		const row = logits.subarray(position * targets.vocabularySize, (position + 1) * targets.vocabularySize);
		loss += targets.weights[i]! * (logSumExp(row) - row[targets.labels[i]!]!);
	});
	return loss;
}

function hiddenRows(model: Reader, batch: ReferenceBatch): Float64Array {
	const { architecture } = model.config;
	return architecture === "modernbert" ? modernBertHidden(model, batch) : bertHidden(model, architecture, batch);
}

function bertHidden(
	model: Reader,
	architecture: Exclude<EncoderConfig["architecture"], "modernbert">,
	batch: ReferenceBatch,
): Float64Array {
	const { intermediateSize, layers } = model.config;
	const names = bertNames[architecture];
	let x = replaced(bertEmbeddings(model, architecture, batch), batch);
	for (let layer = 0; layer < layers; layer++) {
		const at = `${names.prefix}.${names.layers}.${layer}`;
		const [query, key, value] = names.projections.map((name) => model.dense(x, `${at}.${name}`));
		const given = { query: query!, key: key!, value: value! };
		const mixed = attention(model, given, { batch, layer, module: `${at}.${names.self}` });
		const sum = plus(x, model.dense(mixed, `${at}.${names.mixed}`));
		const middle = model.norm(sum, `${at}.${names.firstNorm}`);
		const inner = expanded(model, middle, `${at}.${names.wide}`);
		const output = model.dense(inner, `${at}.${names.narrow}`, intermediateSize);
		const both = plus(middle, output);
		const term = bottleneckTerm(model, model.norm(both, `${at}.${names.secondNorm}`), `${at}.${names.adapters}`);
		x = model.norm(plus(both, term), `${at}.${names.secondNorm}`);
	}
	return x;
}

function bertEmbeddings(
	model: Reader,
	architecture: Exclude<EncoderConfig["architecture"], "modernbert">,
	batch: ReferenceBatch,
): Float64Array {
	const { hiddenSize, typeVocabularySize, paddingId } = model.config;
	const { prefix } = bertNames[architecture];
	const words = `${prefix}.embeddings.word_embeddings.weight`;
	const width = tableWidth(model.config);
	let x = tokenRows(model, batch, {
		words,
		places: `${prefix}.embeddings.position_embeddings.weight`,
		firstPlace: architecture === "roberta" ? paddingId + 1 : 0,
	});
	if (typeVocabularySize > 0) {
		const types = model.get(`${prefix}.embeddings.token_type_embeddings.weight`);
		x = x.map((value, i) => value + types[i % width]!);
	}
	const couple = (rows: Float64Array): Float64Array => coupled(model, rows, { prefix, width, undo: false });
	if (width === hiddenSize) return couple(model.norm(x, `${prefix}.embeddings.LayerNorm`));
	if (architecture === "deberta-v2") {
		const wide = model.dense(couple(x), `${prefix}.embeddings.embed_proj`, width);
		return model.norm(wide, `${prefix}.embeddings.LayerNorm`);
	}
	return model.dense(couple(model.norm(x, `${prefix}.embeddings.LayerNorm`)), `${prefix}.embeddings_project`, width);
}

function modernBertHidden(model: Reader, batch: ReferenceBatch): Float64Array {
	const { hiddenSize, intermediateSize, layers } = model.config;
	const width = tableWidth(model.config);
	const words = "model.embeddings.tok_embeddings.weight";
	const places = "model.embeddings.position_embeddings.weight";
	const tokens = tokenRows(model, batch, { words, places, firstPlace: 0 });
	const embedded = model.norm(tokens, "model.embeddings.norm");
	const narrow = coupled(model, embedded, { prefix: "model", width, undo: false });
	const wide = width === hiddenSize ? narrow : model.dense(narrow, "model.embeddings_project", width);
	let x = replaced(wide, batch);
	for (let layer = 0; layer < layers; layer++) {
		const at = `model.layers.${layer}`;
		const fused = model.dense(layer === 0 ? x : model.norm(x, `${at}.attn_norm`), `${at}.attn.Wqkv`);
		const part = (index: number): Float64Array => columns(fused, 3 * hiddenSize, index * hiddenSize, hiddenSize);
		const mixed = attention(
			model,
			{ query: part(0), key: part(1), value: part(2) },
			{ batch, layer, module: `${at}.attn` },
		);
		x = plus(x, model.dense(mixed, `${at}.attn.Wo`));
		const inner = expanded(model, model.norm(x, `${at}.mlp_norm`), `${at}.mlp.Wi`);
		x = plus(x, model.dense(inner, `${at}.mlp.Wo`, intermediateSize));
		x = plus(x, bottleneckTerm(model, x, `${at}.output_adapters.adapters`));
	}
	return model.norm(x, "model.final_norm");
}

function replaced(rows: Float64Array, { embedded, inputIds }: ReferenceBatch): Float64Array {
	const width = rows.length / inputIds.length;
	for (const [token, units] of embedded ?? []) rows.set(Array.from(units), token * width);
	return rows;
}

/** Units of an embedding, which may be fewer or more than those of the layers. */
function tableWidth(config: EncoderConfig): number {
	return config.embeddingSize ?? config.hiddenSize;
}

/** Word embeddings, plus position embeddings where positions are absolute. */
function tokenRows(
	model: Reader,
	batch: ReferenceBatch,
	names: { words: string; places: string; firstPlace: number },
): Float64Array {
	const { positionEmbedding } = model.config;
	const words = model.get(names.words);
	const hiddenSize = tableWidth(model.config);
	const x = new Float64Array(batch.inputIds.length * hiddenSize);
	batch.inputIds.forEach((_, token) => {
		const from = batch.means?.get(token) ?? [token];
		for (let k = 0; k < hiddenSize; k++) {
			const place = (batch.positions[token]! + names.firstPlace) * hiddenSize + k;
			const positional = positionEmbedding === "absolute" ? model.get(names.places)[place]! : 0;
			const word = from.reduce((sum, source) => sum + words[batch.inputIds[source]! * hiddenSize + k]!, 0);
			x[token * hiddenSize + k] = word / from.length + positional;
		}
	});
	return x;
}

/** GELU of a projection, or of its first half times its second half. */
function expanded(model: Reader, x: Float64Array, name: string): Float64Array {
	const { feedForward, intermediateSize } = model.config;
	const wide = model.dense(x, name);
	if (feedForward === "mlp") return wide.map(geluExact);
	const gate = columns(wide, 2 * intermediateSize, intermediateSize, intermediateSize);
	return columns(wide, 2 * intermediateSize, 0, intermediateSize).map((value, i) => geluExact(value) * gate[i]!);
}

function headLogits(model: Reader, hidden: Float64Array): Float64Array {
	const { config } = model;
	const names = headPlaces[config.architecture];
	const decoder = model.get(config.ownDecoder ? names.own : names.tied);
	const normal = model.norm(model.dense(hidden, names.dense).map(geluExact), names.norm);
	const prefix = config.architecture === "modernbert" ? "model" : bertNames[config.architecture].prefix;
	return affine(coupled(model, normal, { prefix, width: tableWidth(config), undo: true }), {
		weight: decoder,
		bias: model.get(names.bias),
		inner: tableWidth(config),
	});
}

/** softmax(q k / sqrt(width)) v within a document and, in local layers, within half a window. */
function attention(
	model: Reader,
	given: { query: Float64Array; key: Float64Array; value: Float64Array },
	{ batch, layer, module }: { batch: ReferenceBatch; layer: number; module: string },
): Float64Array {
	const { config, seen: told } = model;
	const further =
		config.architecture === "deberta-v2" ? distanceScores(model, config, { ...given, module }) : undefined;
	const isGlobal = layer % config.globalAttentionEveryNLayers === 0;
	const reach = isGlobal ? Number.POSITIVE_INFINITY : Math.floor(config.localAttention / 2);
	const turning = { theta: isGlobal ? config.globalRopeTheta : config.localRopeTheta, length: batch.length };
	const place = (x: Float64Array) => (config.positionEmbedding === "rope" ? turn(x, config, turning) : x);
	const heads = { query: place(given.query), key: place(given.key), value: given.value };
	const { hiddenSize } = config;
	const width = hiddenSize / config.heads;
	const mixed = new Float64Array(heads.query.length);
	const tokens = batch.inputIds.length;
	const shares = Array.from({ length: config.heads }, () => new Float64Array(tokens * tokens));
	told.push(shares);
	for (let i = 0; i < batch.inputIds.length; i++) {
		const row = Math.floor(i / batch.length);
		const seen: number[] = [];
		for (let j = row * batch.length; j < (row + 1) * batch.length; j++) {
			const sees = batch.sees?.(i, j) ?? batch.segments[j] === batch.segments[i];
			if (sees && Math.abs(i - j) <= reach) seen.push(j);
		}
		for (let start = 0; start < hiddenSize; start += width) {
			const scores = Float64Array.from(seen, (j) => {
				let dot = 0;
				for (let k = start; k < start + width; k++) {
					dot += heads.query[i * hiddenSize + k]! * heads.key[j * hiddenSize + k]!;
				}
				if (further === undefined) return dot / Math.sqrt(width);
				return (dot + further.score(start, i, j)) / Math.sqrt(width * (1 + further.terms));
			});
			const total = logSumExp(scores);
			seen.forEach((j, n) => {
				const share = Math.exp(scores[n]! - total);
				shares[start / width]![i * tokens + j] = share;
				for (let k = start; k < start + width; k++) {
					mixed[i * hiddenSize + k]! += share * heads.value[j * hiddenSize + k]!;
				}
			});
		}
	}
	return mixed;
}

/** Each pair (k, k + width/2) of a head as a complex number, times e^(i position theta^(-2k/width)). */
function turn(
	x: Float64Array,
	config: EncoderConfig,
	{ theta, length }: { theta: number; length: number },
): Float64Array {
	const { hiddenSize } = config;
	const width = hiddenSize / config.heads;
	const y = new Float64Array(x.length);
	for (let token = 0; token < x.length / hiddenSize; token++) {
		for (let start = token * hiddenSize; start < (token + 1) * hiddenSize; start += width) {
			for (let k = 0; k < width / 2; k++) {
				const angle = (token % length) / theta ** ((2 * k) / width);
				const [real, imaginary] = [x[start + k]!, x[start + k + width / 2]!];
				y[start + k] = real * Math.cos(angle) - imaginary * Math.sin(angle);
				y[start + k + width / 2] = real * Math.sin(angle) + imaginary * Math.cos(angle);
			}
		}
	}
	return y;
}

function columns(x: Float64Array, width: number, from: number, count: number): Float64Array {
	const part = new Float64Array((x.length / width) * count);
	for (let row = 0; row < x.length / width; row++) {
		part.set(x.subarray(row * width + from, row * width + from + count), row * count);
	}
	return part;
}

function plus(a: Float64Array, b: Float64Array): Float64Array {
	return a.map((value, i) => value + b[i]!);
}
