import { invariant, MaskwrightError } from "../base/errors.ts";
import { type NgramModel, ngramsFromArrays } from "../data/ngrams.ts";
import { type PieceTable, pieceTable } from "../data/pieces.ts";
import { type InstructionTemplate, templateSchema } from "../data/readers/config.ts";
import type { AdapterConfig } from "../model/adapters/config.ts";
import type { EncoderConfig } from "../model/config.ts";
import { detectorSpecs } from "../model/detector.ts";
import { fromHuggingFaceConfig } from "../model/huggingFace.ts";
import { adapterSpecs, parameterSpecs } from "../model/parameters.ts";
import type { ExecutionProvider } from "../session/session.ts";
import { tensor } from "../session/tensor.ts";
import { baseFolder, isAdapter } from "../store/adapters.ts";
import { loadModel } from "../store/modelFolder.ts";
import type { HostTensor } from "../store/safetensors.ts";
import { loadTokenizer } from "../tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type OpenedAdapter, openAdapter } from "./adapters.ts";
import { type DetectorSection, detectorSectionOf } from "./detectorSection.ts";
import { type FillPieces, fillPieces } from "./fillPieces.ts";
import { readWeights } from "./modelWeights.ts";
import { type NgramHead, type NgramScorer, ngramHeadFile, openNgramScorer, readNgramHead } from "./ngramScorer.ts";
import { type Precision, type PrecisionChoice, servingPrecision } from "./precision.ts";
import { headSpecs, requireHead } from "./predictingHead.ts";
import { ownRankingWeights, type RankingWeights } from "./rankingWeights.ts";
import { openScorer, type Scorer, type ScorerShape } from "./scorer.ts";

/** The parts of a masked language model, in memory. */
export interface ModelParts {
	readonly config: EncoderConfig;
	/** By state-dict name. */
	readonly weights: ReadonlyMap<string, Float32Array>;
	readonly tokenizer: Tokenizer;
	/** Counts of the training rows, when they were kept with the model. */
	readonly ngrams?: NgramModel;
	/** Weights of the fill's ranking that were fitted for this model; by default those that ship for all. */
	readonly ranking?: RankingWeights;
	/** How it was asked in training, of a model that was trained on instructions. */
	readonly instructions?: InstructionTemplate;
	/** Where it has a detector of replaced tokens, whose weights are among its own. */
	readonly detector?: DetectorSection;
	/** The n-grams that it predicts whole at one mask, when it was trained to. */
	readonly ngramHead?: NgramHead;
	/** The longest row, in tokens; by default what the configuration allows, 512 at most. */
	readonly sequenceLength?: number;
	/** In which it answers; float32 by default. */
	readonly precision?: Precision;
}

export interface OpenOptions {
	readonly executionProvider: ExecutionProvider;
	readonly threads?: number;
	/** By default that which the model was measured for, see `servingPrecision`. */
	readonly precision?: PrecisionChoice;
}

/** A model that answers: its parts, and sessions that stay warm until `release`. */
export interface LoadedModel extends ModelParts {
	readonly pieces: PieceTable;
	readonly fillPieces: FillPieces;
	readonly sequenceLength: number;
	readonly precision: Precision;
	/**
	 * A scorer of this shape, in the model's precision unless another is named; the most recent ones are kept. With
	 * `adapter` its tensors are to be given with each call. Throws as `openScorer` and `requireHead` do.
	 */
	scorer(shape: ScorerShape, precision?: Precision, adapter?: AdapterConfig): Promise<Scorer>;
	/** The same with n-grams as classes, of a model with an `ngramHead`. */
	ngramScorer(shape: ScorerShape): Promise<NgramScorer>;
	/** Has something else that holds the model's weights freed with it. */
	alsoRelease(free: () => Promise<void>): void;
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
 * Opens a model folder, ours or Hugging Face's, or an adapter's with the model that it is for. Throws `notFound`,
 * `tokenizerInvalid`, and `modelInvalid` naming the tensor that is missing or has another shape than the configuration
 * says.
 */
export function openModel(folder: string, options: OpenOptions): LoadedModel {
	if (!isAdapter(folder)) return openBase(folder, options);
	const base = openBase(baseFolder(folder), options);
	const adapted = withAdapter(base, openAdapter(folder, base.config));
	return {
		...adapted,
		async release() {
			await adapted.release();
			await base.release();
		},
	};
}

function openBase(folder: string, options: OpenOptions): LoadedModel {
	const stored = loadModel(folder);
	const config = fromHuggingFaceConfig(stored.config);
	const specs = parameterSpecs(config);
	const headNames = new Set(headSpecs(config).map(({ name }) => name));
	// A run for search leaves the head as it was drawn.
	const learned = stored.about === undefined || stored.about.roles.includes("completion");
	const hasHead = learned && [...headNames].some((name) => stored.tensors.has(name));
	const counts = stored.extra?.get(ngramsFile);
	const length = stored.about?.["sequenceLength"];
	const ranking = ownRankingWeights(stored.about);
	const instructions = templateSchema.safeParse(stored.about?.["instructions"]).data;
	const { executionProvider, threads, precision: choice } = options;
	const detector = detectorSectionOf(config, stored);
	const own = hasHead ? specs : specs.filter(({ name }) => !headNames.has(name));
	const head = hasHead ? stored.extra?.get(ngramHeadFile) : undefined;
	const ngramHead = head && readNgramHead(head, config);
	return useModelParts(
		{
			config,
			weights: readWeights(detector === undefined ? own : [...own, ...detectorSpecs(config)], stored, folder),
			tokenizer: loadTokenizer(stored.tokenizer),
			...(counts === undefined ? {} : { ngrams: readNgrams(counts) }),
			...(ranking === undefined ? {} : { ranking }),
			...(instructions === undefined ? {} : { instructions }),
			...(detector === undefined ? {} : { detector }),
			...(ngramHead === undefined ? {} : { ngramHead }),
			...(typeof length === "number" ? { sequenceLength: length } : {}),
			precision: servingPrecision(stored.about, { executionProvider, ...(choice === undefined ? {} : { choice }) }),
		},
		{ executionProvider, ...(threads === undefined ? {} : { threads }) },
	);
}

/** Makes a model ready from its parts. Throws `modelInvalid` when they do not belong together. */
export function useModelParts(parts: ModelParts, options: Omit<OpenOptions, "precision">): LoadedModel {
	const { config, weights, tokenizer, ngrams, precision: own = "float32" } = parts;
	const pieces = pieceTable(tokenizer);
	requireSameVocabulary(config.vocabularySize, pieces.vocabularySize, ngrams);
	const scorers = mostRecent<Scorer>();
	const ngramScorers = mostRecent<NgramScorer>();
	const others: (() => Promise<void>)[] = [];
	return {
		...parts,
		pieces,
		fillPieces: fillPieces(tokenizer),
		sequenceLength: Math.min(parts.sequenceLength ?? longestDefaultRow, config.maxPositions),
		precision: own,
		async scorer(shape, precision = own, adapter) {
			requireHead(config, weights);
			const adapted = adapter === undefined ? config : { ...config, adapter };
			return await scorers.use(keyOf(shape, precision, adapter), () =>
				openScorer({ config: adapted, shape, weights, precision, ...options }),
			);
		},
		async ngramScorer(shape) {
			requireHead(config, weights);
			invariant(parts.ngramHead !== undefined, "a model without an n-gram head was asked for n-grams");
			const { lexicon, weights: ofHead } = parts.ngramHead;
			const all = new Map([...weights, ...ofHead]);
			return await ngramScorers.use(keyOf(shape, own), () =>
				openNgramScorer({ config, shape, weights: all, ngrams: lexicon.count, precision: own, ...options }),
			);
		},
		alsoRelease: (free) => others.push(free),
		async release() {
			for (const free of others.splice(0)) await free();
			await scorers.release();
			await ngramScorers.release();
		},
	};
}

/**
 * A model with an adapter beside it: the base's weights, tokenizer and counts are shared, and its sessions take the
 * adapter's tensors as inputs, so that another adapter of the same kind and size needs no new one. Released, it frees
 * what was opened for it alone; the base stays.
 */
export function withAdapter(base: LoadedModel, { config, weights, instructions }: OpenedAdapter): LoadedModel {
	const adapted: EncoderConfig = { ...base.config, adapter: config };
	const feeds = new Map(adapterSpecs(adapted).map(({ name, shape }) => [name, tensor(weights.get(name)!, shape)]));
	const others: (() => Promise<void>)[] = [];
	// The rows of n-grams were learned with the states of the base alone.
	const { ngramHead: _, ...plain } = base;
	return {
		...plain,
		...(instructions === undefined ? {} : { instructions }),
		config: adapted,
		weights: new Map([...base.weights, ...weights]),
		async scorer(shape, precision) {
			const scorer = await base.scorer(shape, precision, config);
			return { ...scorer, score: (inputs) => scorer.score(inputs, feeds) };
		},
		alsoRelease: (free) => others.push(free),
		async release() {
			for (const free of others.splice(0)) await free();
		},
	};
}

function keyOf({ rows, sequenceLength, maskedRows }: ScorerShape, ...rest: readonly unknown[]): string {
	return JSON.stringify([rows, sequenceLength, maskedRows, ...rest]);
}

/** Scorers of one kind by a key; the most recent ones are kept. */
function mostRecent<Kind extends { release(): Promise<void> }>() {
	const scorers = new Map<string, Promise<Kind>>(); // in the order of their last use
	const releaseOldest = async (): Promise<void> => {
		const [key, scorer] = scorers.entries().next().value!;
		scorers.delete(key);
		await (await scorer.catch(() => undefined))?.release();
	};
	return {
		async use(key: string, open: () => Promise<Kind>): Promise<Kind> {
			const scorer = scorers.get(key) ?? open();
			scorers.delete(key);
			scorers.set(key, scorer);
			scorer.catch(() => scorers.delete(key));
			if (scorers.size > scorersKept) await releaseOldest();
			return scorer;
		},
		async release(): Promise<void> {
			while (scorers.size > 0) await releaseOldest();
		},
	};
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
