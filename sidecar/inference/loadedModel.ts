import { MaskwrightError } from "../base/errors.ts";
import { type NgramModel, ngramsFromArrays } from "../data/ngrams.ts";
import { type PieceTable, pieceTable } from "../data/pieces.ts";
import type { EncoderConfig } from "../model/config.ts";
import { fromHuggingFaceConfig } from "../model/huggingFace.ts";
import { parameterSpecs } from "../model/parameters.ts";
import type { ExecutionProvider } from "../session/session.ts";
import { loadModel, type StoredModel } from "../store/models.ts";
import type { HostTensor } from "../store/safetensors.ts";
import { loadTokenizer } from "../tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type FillPieces, fillPieces } from "./fillPieces.ts";
import { openScorer, type Scorer, type ScorerShape } from "./scorer.ts";

/** The parts of a masked language model, in memory. */
export interface ModelParts {
	readonly config: EncoderConfig;
	/** By state-dict name. */
	readonly weights: ReadonlyMap<string, Float32Array>;
	readonly tokenizer: Tokenizer;
	/** Counts of the training rows, when they were kept with the model. */
	readonly ngrams?: NgramModel;
	/** The longest row, in tokens; by default what the configuration allows, 512 at most. */
	readonly sequenceLength?: number;
}

export interface OpenOptions {
	readonly executionProvider: ExecutionProvider;
	readonly threads?: number;
}

/** A model that answers: its parts, and sessions that stay warm until `release`. */
export interface LoadedModel extends ModelParts {
	readonly pieces: PieceTable;
	readonly fillPieces: FillPieces;
	readonly sequenceLength: number;
	/** A scorer of this shape; the most recent ones are kept. Throws as `openScorer` does. */
	scorer(shape: ScorerShape): Promise<Scorer>;
	/** Frees every session; the model is of no use afterwards. A second call does nothing. */
	release(): Promise<void>;
}

/** A row of this length and its answers still fit a laptop; longer models are used in windows. */
const longestDefaultRow = 512;

/** Each holds a copy of the weights: 20 MB for five million parameters. */
const scorersKept = 4;

/** The file of the model folder with the n-gram counts, without its ending. */
const ngramsFile = "ngrams";

/**
 * Opens a model folder, ours or Hugging Face's. Throws `notFound`, `tokenizerInvalid`, and `modelInvalid` naming the
 * tensor that is missing or has another shape than the configuration says.
 */
export function openModel(folder: string, options: OpenOptions): LoadedModel {
	const stored = loadModel(folder);
	const config = fromHuggingFaceConfig(stored.config);
	const counts = stored.extra?.get(ngramsFile);
	const length = stored.about?.["sequenceLength"];
	return useModelParts(
		{
			config,
			weights: readWeights(config, stored, folder),
			tokenizer: loadTokenizer(stored.tokenizer),
			...(counts === undefined ? {} : { ngrams: readNgrams(counts) }),
			...(typeof length === "number" ? { sequenceLength: length } : {}),
		},
		options,
	);
}

/** Makes a model ready from its parts. Throws `modelInvalid` when they do not belong together. */
export function useModelParts(parts: ModelParts, options: OpenOptions): LoadedModel {
	const { config, weights, tokenizer, ngrams } = parts;
	const pieces = pieceTable(tokenizer);
	requireSameVocabulary(config.vocabularySize, pieces.vocabularySize, ngrams);
	const scorers = new Map<string, Promise<Scorer>>(); // in the order of their last use
	return {
		...parts,
		pieces,
		fillPieces: fillPieces(tokenizer),
		sequenceLength: Math.min(parts.sequenceLength ?? longestDefaultRow, config.maxPositions),
		async scorer(shape) {
			const key = `${shape.rows} ${shape.sequenceLength} ${shape.maskedRows}`;
			const scorer = scorers.get(key) ?? openScorer({ config, shape, weights, ...options });
			scorers.delete(key);
			scorers.set(key, scorer);
			scorer.catch(() => scorers.delete(key));
			if (scorers.size > scorersKept) await releaseOldest(scorers);
			return scorer;
		},
		async release() {
			while (scorers.size > 0) await releaseOldest(scorers);
		},
	};
}

async function releaseOldest(scorers: Map<string, Promise<Scorer>>): Promise<void> {
	const [key, scorer] = scorers.entries().next().value!;
	scorers.delete(key);
	await (await scorer.catch(() => undefined))?.release();
}

function readWeights(config: EncoderConfig, stored: StoredModel, folder: string): Map<string, Float32Array> {
	const weights = new Map<string, Float32Array>();
	for (const { name, shape } of parameterSpecs(config)) {
		const found = stored.tensors.get(name);
		const fault =
			found === undefined
				? "is missing"
				: !(found.data instanceof Float32Array)
					? "does not hold floating-point numbers"
					: found.shape.join() !== shape.join()
						? `has the shape [${found.shape.join(", ")}] where config.json asks for [${shape.join(", ")}]`
						: undefined;
		if (fault !== undefined) {
			throw new MaskwrightError(
				"modelInvalid",
				`The model in ${folder} cannot be used: its tensor ${name} ${fault}. Get or train the model again.`,
				{ data: { tensor: name } },
			);
		}
		weights.set(name, found!.data as Float32Array);
	}
	return weights;
}

function readNgrams(tensors: ReadonlyMap<string, HostTensor>): NgramModel {
	const arrays: Record<string, Int32Array> = {};
	for (const [name, { data }] of tensors) if (data instanceof Int32Array) arrays[name] = data;
	return ngramsFromArrays(arrays);
}

function requireSameVocabulary(model: number, tokenizer: number, ngrams: NgramModel | undefined): void {
	const counted = ngrams?.vocabularySize ?? tokenizer;
	if (model >= tokenizer && counted === tokenizer) return;
	const other = model < tokenizer ? `the model knows ${model}` : `its n-gram counts know ${counted}`;
	throw new MaskwrightError(
		"modelInvalid",
		`This model cannot be used: its tokenizer has ${tokenizer} pieces and ${other}. Take both from the same training.`,
	);
}
