/**
 * BERT, RoBERTa and ModernBERT in float64 on plain arrays, written token by token from the papers (Devlin et al. 2019;
 * Liu et al. 2019; Warner et al. 2024) and independent of the engine and of `sidecar/model`'s layers.
 */
import type { EncoderConfig } from "../../sidecar/model/config.ts";
import { affine, geluExact, logSumExp, normalize } from "./referenceMath.ts";

export type Tensors = ReadonlyMap<string, Float64Array>;

/** Token t of row b stands at b * length + t in every array. */
export interface ReferenceBatch {
	readonly batch: number;
	readonly length: number;
	readonly inputIds: Int32Array;
	readonly positions: Int32Array;
	readonly segments: Int32Array;
}

/** Logits [batch * length, vocabulary] of every token. */
export function referenceLogits(config: EncoderConfig, tensors: Tensors, batch: ReferenceBatch): Float64Array {
	const model = new Reader(config, tensors);
	const hidden =
		config.architecture === "modernbert"
			? modernBertHidden(model, batch)
			: bertHidden(model, config.architecture, batch);
	return headLogits(model, hidden);
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

class Reader {
	readonly config: EncoderConfig;
	private readonly tensors: Tensors;

	constructor(config: EncoderConfig, tensors: Tensors) {
		this.config = config;
		this.tensors = tensors;
	}

	get(name: string): Float64Array {
		const value = this.tensors.get(name);
		if (value === undefined) throw new Error(`The reference has no tensor ${name}.`);
		return value;
	}

	dense(x: Float64Array, name: string, inner = this.config.hiddenSize): Float64Array {
		return affine(x, { weight: this.get(`${name}.weight`), bias: this.tensors.get(`${name}.bias`), inner });
	}

	norm(x: Float64Array, name: string): Float64Array {
		const bias = this.tensors.get(`${name}.bias`);
		return normalize(x, { scale: this.get(`${name}.weight`), bias, epsilon: this.config.layerNormEps });
	}
}

function bertHidden(model: Reader, prefix: "bert" | "roberta", batch: ReferenceBatch): Float64Array {
	const { hiddenSize, intermediateSize, layers, paddingId } = model.config;
	const types = model.get(`${prefix}.embeddings.token_type_embeddings.weight`);
	let x = tokenRows(model, batch, {
		words: `${prefix}.embeddings.word_embeddings.weight`,
		places: `${prefix}.embeddings.position_embeddings.weight`,
		firstPlace: prefix === "roberta" ? paddingId + 1 : 0,
	});
	x = model.norm(
		x.map((value, i) => value + types[i % hiddenSize]!),
		`${prefix}.embeddings.LayerNorm`,
	);
	for (let layer = 0; layer < layers; layer++) {
		const at = `${prefix}.encoder.layer.${layer}`;
		const [query, key, value] = ["query", "key", "value"].map((name) => model.dense(x, `${at}.attention.self.${name}`));
		const mixed = attention({ query: query!, key: key!, value: value! }, model.config, { batch, layer });
		const sum = plus(x, model.dense(mixed, `${at}.attention.output.dense`));
		const middle = model.norm(sum, `${at}.attention.output.LayerNorm`);
		const inner = expanded(model, middle, `${at}.intermediate.dense`);
		const output = model.dense(inner, `${at}.output.dense`, intermediateSize);
		x = model.norm(plus(middle, output), `${at}.output.LayerNorm`);
	}
	return x;
}

function modernBertHidden(model: Reader, batch: ReferenceBatch): Float64Array {
	const { hiddenSize, intermediateSize, layers } = model.config;
	const words = "model.embeddings.tok_embeddings.weight";
	const places = "model.embeddings.position_embeddings.weight";
	let x = model.norm(tokenRows(model, batch, { words, places, firstPlace: 0 }), "model.embeddings.norm");
	for (let layer = 0; layer < layers; layer++) {
		const at = `model.layers.${layer}`;
		const fused = model.dense(layer === 0 ? x : model.norm(x, `${at}.attn_norm`), `${at}.attn.Wqkv`);
		const part = (index: number): Float64Array => columns(fused, 3 * hiddenSize, index * hiddenSize, hiddenSize);
		const mixed = attention({ query: part(0), key: part(1), value: part(2) }, model.config, { batch, layer });
		x = plus(x, model.dense(mixed, `${at}.attn.Wo`));
		const inner = expanded(model, model.norm(x, `${at}.mlp_norm`), `${at}.mlp.Wi`);
		x = plus(x, model.dense(inner, `${at}.mlp.Wo`, intermediateSize));
	}
	return model.norm(x, "model.final_norm");
}

/** Word embeddings, plus position embeddings where positions are absolute. */
function tokenRows(
	model: Reader,
	batch: ReferenceBatch,
	names: { words: string; places: string; firstPlace: number },
): Float64Array {
	const { hiddenSize, positionEmbedding } = model.config;
	const words = model.get(names.words);
	const x = new Float64Array(batch.inputIds.length * hiddenSize);
	batch.inputIds.forEach((id, token) => {
		for (let k = 0; k < hiddenSize; k++) {
			const place = (batch.positions[token]! + names.firstPlace) * hiddenSize + k;
			const positional = positionEmbedding === "absolute" ? model.get(names.places)[place]! : 0;
			x[token * hiddenSize + k] = words[id * hiddenSize + k]! + positional;
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
	const { architecture, hiddenSize } = model.config;
	const [dense, norm, bias, decoder] = {
		bert: [
			"cls.predictions.transform.dense",
			"cls.predictions.transform.LayerNorm",
			"cls.predictions.bias",
			"bert.embeddings.word_embeddings.weight",
		],
		roberta: ["lm_head.dense", "lm_head.layer_norm", "lm_head.bias", "roberta.embeddings.word_embeddings.weight"],
		modernbert: ["head.dense", "head.norm", "decoder.bias", "model.embeddings.tok_embeddings.weight"],
	}[architecture] as [string, string, string, string];
	const normal = model.norm(model.dense(hidden, dense).map(geluExact), norm);
	return affine(normal, { weight: model.get(decoder), bias: model.get(bias), inner: hiddenSize });
}

/** softmax(q k / sqrt(width)) v within a document and, in local layers, within half a window. */
function attention(
	given: { query: Float64Array; key: Float64Array; value: Float64Array },
	config: EncoderConfig,
	{ batch, layer }: { batch: ReferenceBatch; layer: number },
): Float64Array {
	const isGlobal = layer % config.globalAttentionEveryNLayers === 0;
	const reach = isGlobal ? Number.POSITIVE_INFINITY : Math.floor(config.localAttention / 2);
	const turning = { theta: isGlobal ? config.globalRopeTheta : config.localRopeTheta, length: batch.length };
	const place = (x: Float64Array) => (config.positionEmbedding === "rope" ? turn(x, config, turning) : x);
	const heads = { query: place(given.query), key: place(given.key), value: given.value };
	const { hiddenSize } = config;
	const width = hiddenSize / config.heads;
	const mixed = new Float64Array(heads.query.length);
	for (let i = 0; i < batch.inputIds.length; i++) {
		const row = Math.floor(i / batch.length);
		const seen: number[] = [];
		for (let j = row * batch.length; j < (row + 1) * batch.length; j++) {
			if (batch.segments[j] === batch.segments[i] && Math.abs(i - j) <= reach) seen.push(j);
		}
		for (let start = 0; start < hiddenSize; start += width) {
			const scores = Float64Array.from(seen, (j) => {
				let dot = 0;
				for (let k = start; k < start + width; k++) {
					dot += heads.query[i * hiddenSize + k]! * heads.key[j * hiddenSize + k]!;
				}
				return dot / Math.sqrt(width);
			});
			const total = logSumExp(scores);
			seen.forEach((j, n) => {
				const share = Math.exp(scores[n]! - total);
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
