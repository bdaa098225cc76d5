/** Texts as vectors: what search compares. */
import { createHash } from "node:crypto";
import { type EncoderConfig, encoderConfigSchema } from "../model/config.ts";
import type { ExecutionProvider } from "../session/session.ts";
import { loadTokenizer } from "../tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { embeddedIds } from "./embeddedIds.ts";
import { loadEmbeddingModel } from "./embeddingModel.ts";
import { type EmbeddingSection, embeddingSectionOf } from "./embeddingSection.ts";
import { sizeName, sizeNamed, sizesOf } from "./modelSizes.ts";
import { readWeights } from "./modelWeights.ts";
import { type Precision, type PrecisionChoice, servingPrecision } from "./precision.ts";
import { createVectorizer, embeddingSpecs } from "./vectorizer.ts";

/** A query in words, or a piece of code. */
export type EmbeddedKind = "query" | "code";

export interface Embedder {
	/** Units of a vector. */
	readonly dimension: number;
	/** Layers and units that make it, see `sizeName`. */
	readonly size: string;
	/** Whether it is the largest that the model makes. */
	readonly isLargest: boolean;
	/**
	 * Changes when weights, adapter, tokenizer, configuration or precision do, or another size is asked for: stands in the
	 * index header.
	 */
	readonly identity: string;
	/** The weight of a vector's score beside that of BM25, tuned when the model was trained for search; else null. */
	readonly fusionWeight: number | null;
	/**
	 * Rows [texts, dimension] of length 1, in the order of `texts`. A text's vector does not depend on its company: texts
	 * run in batches of like length, and padding takes no part. Throws `interrupted` between two runs.
	 */
	embed(
		kind: EmbeddedKind,
		texts: readonly string[],
		options?: { readonly signal?: AbortSignal },
	): Promise<Float32Array>;
	/** Frees the sessions; a second call does nothing. */
	release(): Promise<void>;
}

export interface EmbedderOptions {
	readonly executionProvider: ExecutionProvider;
	readonly threads?: number;
	/** By default that which the model was measured for, see `servingPrecision`. */
	readonly precision?: PrecisionChoice;
	/** One of the sizes that the model was trained for, as `sizeNamed` has them; by default the largest. */
	readonly size?: string;
}

/**
 * Opens a model folder, ours or Hugging Face's, or an adapter's with its model, for embedding; a masked-LM head is not
 * needed. Throws `notFound`,
 * `tokenizerInvalid`, and `modelInvalid` for weights that do not fit or a size that the model does not offer.
 */
export async function openEmbedder(folder: string, options: EmbedderOptions): Promise<Embedder> {
	const { config: whole, stored } = loadEmbeddingModel(folder);
	const tokenizer = loadTokenizer(stored.tokenizer);
	const section = embeddingSectionOf(stored.about, folder);
	const sizes = sizesOf(whole, section);
	const size = sizeNamed(options.size ?? "large", sizes, folder);
	const { units: dimension, layers } = size;
	const config = encoderConfigSchema.parse({ ...whole, layers });
	const weights = readWeights(embeddingSpecs(config, section.pooling), stored, folder);
	const { executionProvider, threads, precision: choice } = options;
	const precision = servingPrecision(stored.about, {
		executionProvider,
		...(choice === undefined ? {} : { choice }),
	});
	const vectorizer = createVectorizer({
		config,
		units: dimension,
		weights,
		pooling: section.pooling,
		repeatDamping: section.repeatDamping,
		precision,
		executionProvider,
		...(threads === undefined ? {} : { threads }),
	});
	const longest = { query: section.queryTokens, code: section.codeTokens };
	return {
		dimension,
		size: sizeName(size),
		isLargest: size === sizes[0],
		identity: identityOf({ config, tokenizer, section, dimension, weights, precision }),
		fusionWeight: section.fusionWeight,
		embed(kind, texts, { signal } = {}) {
			const limit = Math.min(longest[kind], config.maxPositions);
			const rows = texts.map((text) => embeddedIds(tokenizer, text, { view: section.text, limit }));
			return vectorizer.vectors(rows, signal === undefined ? {} : { signal });
		},
		release: () => vectorizer.release(),
	};
}

function identityOf(parts: {
	readonly config: EncoderConfig;
	readonly tokenizer: Tokenizer;
	readonly section: EmbeddingSection;
	readonly dimension: number;
	readonly weights: ReadonlyMap<string, Float32Array>;
	readonly precision: Precision;
}): string {
	const { config, tokenizer, section, dimension, weights, precision } = parts;
	const { fusionWeight: _, sizes: __, ...decisive } = section; // the rest decides what a vector is
	const hash = createHash("sha256");
	hash.update(JSON.stringify({ config, decisive, dimension, tokenizer: tokenizer.toJSON() }));
	if (precision !== "float32") hash.update(precision);
	for (const [name, { buffer, byteOffset, byteLength }] of weights) {
		hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
	}
	return hash.digest("hex").slice(0, 32);
}
