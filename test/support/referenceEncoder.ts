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
	const words = model.get(`${prefix}.embeddings.word_embeddings.weight`);
	const places = model.get(`${prefix}.embeddings.position_embeddings.weight`);
	const types = model.get(`${prefix}.embeddings.token_type_embeddings.weight`);
	const firstPlace = prefix === "roberta" ? paddingId + 1 : 0;
	let x: Float64Array = new Float64Array(batch.inputIds.length * hiddenSize);
	batch.inputIds.forEach((id, token) => {
		const place = batch.positions[token]! + firstPlace;
		for (let k = 0; k < hiddenSize; k++) {
			x[token * hiddenSize + k] = words[id * hiddenSize + k]! + places[place * hiddenSize + k]! + types[k]!;
		}
	});
	x = model.norm(x, `${prefix}.embeddings.LayerNorm`);
	for (let layer = 0; layer < layers; layer++) {
		const at = `${prefix}.encoder.layer.${layer}`;
		const [query, key, value] = ["query", "key", "value"].map((name) => model.dense(x, `${at}.attention.self.${name}`));
		const mixed = attention({ query: query!, key: key!, value: value! }, model.config, { batch, reach: Infinity });
		const sum = plus(x, model.dense(mixed, `${at}.attention.output.dense`));
		const middle = model.norm(sum, `${at}.attention.output.LayerNorm`);
		const inner = model.dense(middle, `${at}.intermediate.dense`).map(geluExact);
		const output = model.dense(inner, `${at}.output.dense`, intermediateSize);
		x = model.norm(plus(middle, output), `${at}.output.LayerNorm`);
	}
	return x;
}

function modernBertHidden(model: Reader, batch: ReferenceBatch): Float64Array {
	const { config } = model;
	const { hiddenSize, intermediateSize } = config;
	const words = model.get("model.embeddings.tok_embeddings.weight");
	let x: Float64Array = new Float64Array(batch.inputIds.length * hiddenSize);
	batch.inputIds.forEach((id, token) => {
		x.set(words.subarray(id * hiddenSize, (id + 1) * hiddenSize), token * hiddenSize);
	});
	x = model.norm(x, "model.embeddings.norm");
	for (let layer = 0; layer < config.layers; layer++) {
		const at = `model.layers.${layer}`;
		const isGlobal = layer % config.globalAttentionEveryNLayers === 0;
		const theta = isGlobal ? config.globalRopeTheta : config.localRopeTheta;
		const reach = isGlobal ? Infinity : Math.floor(config.localAttention / 2);
		const fused = model.dense(layer === 0 ? x : model.norm(x, `${at}.attn_norm`), `${at}.attn.Wqkv`);
		const part = (index: number): Float64Array => columns(fused, 3 * hiddenSize, index * hiddenSize, hiddenSize);
		const query = turn(part(0), config, { theta, length: batch.length });
		const key = turn(part(1), config, { theta, length: batch.length });
		const mixed = attention({ query, key, value: part(2) }, config, { batch, reach });
		x = plus(x, model.dense(mixed, `${at}.attn.Wo`));
		const wide = model.dense(model.norm(x, `${at}.mlp_norm`), `${at}.mlp.Wi`);
		const input = columns(wide, 2 * intermediateSize, 0, intermediateSize).map(geluExact);
		const gate = columns(wide, 2 * intermediateSize, intermediateSize, intermediateSize);
		x = plus(
			x,
			model.dense(
				input.map((value, i) => value * gate[i]!),
				`${at}.mlp.Wo`,
				intermediateSize,
			),
		);
	}
	return model.norm(x, "model.final_norm");
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

/** softmax(q k / sqrt(width)) v within a document and, in local layers, within `reach` tokens. */
function attention(
	heads: { query: Float64Array; key: Float64Array; value: Float64Array },
	config: EncoderConfig,
	{ batch, reach }: { batch: ReferenceBatch; reach: number },
): Float64Array {
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
