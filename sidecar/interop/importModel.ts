/** Models made elsewhere: a Hugging Face folder becomes a model of this user. */
import { basename, dirname, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { MaskwrightError } from "../base/errors.ts";
import { type EncoderConfig, positionOffset } from "../model/config.ts";
import { fromHuggingFaceConfig, toHuggingFaceConfig } from "../model/huggingFace.ts";
import { headNames, tokenEmbeddingName } from "../model/names.ts";
import type { ImportReport } from "../protocol/outputs.ts";
import { modelBytes, modelName, saveModel } from "../store/modelFolder.ts";
import { newModelFolder } from "../store/models.ts";
import type { HostTensor } from "../store/safetensors.ts";
import { tokenizerJsonOf } from "../tokenizer/fromFiles.ts";
import { loadTokenizer } from "../tokenizer/loadTokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { configOf, openModelFolder, tokenizerFilesOf } from "./modelFolder.ts";
import { type SentencePooling, sentencePooling } from "./sentencePooling.ts";
import { planStateDict, type StateDictPlan } from "./stateDict.ts";
import { readWeightShapes, readWeights } from "./weightFiles.ts";

export interface ImportOptions {
	readonly folder: string;
	/** By default made of the folder's own name. */
	readonly name?: string;
	/** The user's folder; by default that of this user. */
	readonly home?: string;
	readonly signal?: AbortSignal;
	/** Where it came from, for its card: a hub id. By default the folder. */
	readonly source?: string;
}

/**
 * Checks a Hugging Face folder and writes it as a model of this user: whole or not at all. Everything that can be told
 * from configuration, tokenizer and the headers of the weights is checked before the weights are read. Throws
 * `notFound`, `modelInvalid`, `tokenizerInvalid`, `usage`, `storage`, `interrupted`.
 */
export async function importModel(options: ImportOptions): Promise<ImportReport> {
	const at = options.home === undefined ? {} : { home: options.home };
	const folder = openModelFolder(options.folder);
	const name = options.name ?? defaultName(options);
	const path = newModelFolder(name, at);
	const found = configOf(folder);
	const shape = fromHuggingFaceConfig(found);
	const tokenizer = loadTokenizer(tokenizerJsonOf(tokenizerFilesOf(folder), modelTypeOf(found)));
	const config = withPaddingOf(tokenizer, shape, options.folder);
	await turn(options.signal);
	const plan = planStateDict(config, readWeightShapes(options.folder), options.folder);
	const weights = readWeights(options.folder);
	await turn(options.signal);
	const { tensors, trained, notes } = importedTensors(config, plan, { weights, folder: options.folder });
	const uses = usesOf({
		trained,
		detects: plan.hasDetector,
		tokenizer,
		pooling: sentencePooling(folder.json),
		folder: options.folder,
	});
	const maxTokens = config.maxPositions;
	const card = folder.text("README.md");
	const all = [...notes, ...vocabularyNotes(config, tokenizer), ...uses.notes];
	await turn(options.signal);
	saveModel(path, {
		config: toHuggingFaceConfig(
			config,
			tokenizer.special,
			trained ? "maskedLm" : plan.hasDetector ? "detector" : "encoder",
		),
		tensors,
		tokenizer: tokenizer.toJSON(),
		card: card ?? cardOf(name, options),
		about: {
			roles: uses.roles,
			scores: null,
			embedding: embeddingOf(uses.pooling, maxTokens),
			imported: { source: options.source ?? basename(resolve(options.folder)), notes: all },
		},
	});
	return {
		name,
		path,
		architecture: config.architecture,
		parameters: [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0),
		bytes: modelBytes(path),
		tokenizer: { kind: tokenizer.kind, vocabularySize: tokenizer.vocabularySize, maskToken: maskTokenOf(tokenizer) },
		maxTokens,
		maskedLmHead: trained,
		roles: uses.roles,
		notes: all,
	};
}

/** Lets messages in between two stages, and stops when that is asked for. */
async function turn(signal: AbortSignal | undefined): Promise<void> {
	await setImmediate();
	if (signal?.aborted) throw new MaskwrightError("interrupted", "The import was stopped; nothing of it was kept.");
}

/** The name of the folder; in Hugging Face's cache, where folders are named by hashes, that of the repository. */
function defaultName({ folder, source }: ImportOptions): string {
	const path = resolve(folder);
	const cached = /^models--(?:.+--)?(.+)$/.exec(basename(dirname(dirname(path))));
	const name = source?.split("/").at(-1) ?? cached?.[1] ?? modelName(path);
	return (
		name
			.replaceAll(/[^A-Za-z0-9._+-]+/g, "-")
			.replaceAll(/^[^A-Za-z0-9]+|\.+$/g, "")
			.slice(0, 100) || "imported"
	);
}

function modelTypeOf(config: unknown): string {
	const type = typeof config === "object" && config !== null && "model_type" in config ? config.model_type : undefined;
	return typeof type === "string" ? type : "unknown";
}

/** The padding token is the tokenizer's; RoBERTa counts positions from it, so there both must name the same. */
function withPaddingOf(tokenizer: Tokenizer, config: EncoderConfig, folder: string): EncoderConfig {
	const { pad } = tokenizer.special;
	const padded = { ...config, paddingId: pad };
	if (positionOffset(padded) !== positionOffset(config)) {
		throw new MaskwrightError(
			"modelInvalid",
			`The model in ${folder} cannot be used: its padding token is ${config.paddingId} by config.json and ${pad} by the tokenizer, and positions count from it. Get both from the same model.`,
		);
	}
	if (config.vocabularySize < tokenizer.vocabularySize) {
		throw new MaskwrightError(
			"modelInvalid",
			`The model in ${folder} cannot be used: its tokenizer has ${tokenizer.vocabularySize} tokens and its embedding rows for ${config.vocabularySize}. Get both from the same model.`,
		);
	}
	return padded;
}

/** The tensors by our names, checked for numbers, and whether the masked-LM head among them was trained. */
function importedTensors(
	config: EncoderConfig,
	plan: StateDictPlan,
	{ weights, folder }: { weights: ReadonlyMap<string, HostTensor>; folder: string },
): { tensors: Map<string, HostTensor>; trained: boolean; notes: string[] } {
	const tensors = new Map<string, HostTensor>();
	for (const [{ name, shape }, source] of plan.sources) {
		const size = shape.reduce((product, side) => product * side, 1);
		const tensor = source === undefined ? { data: new Float32Array(size), shape } : weights.get(source)!;
		if (!allFinite(tensor.data as Float32Array)) {
			throw new MaskwrightError(
				"modelInvalid",
				`The model in ${folder} cannot be used: its tensor ${source} holds values that are no numbers. Get the weights again.`,
				{ data: { tensor: name } },
			);
		}
		tensors.set(name, tensor);
	}
	const notes = [...plan.notes];
	if (
		plan.tiedDecoder !== undefined &&
		!isSame(weights.get(plan.tiedDecoder)!, tensors.get(tokenEmbeddingName(config))!)
	) {
		notes.push(
			`${plan.tiedDecoder} differs from the token embedding, to which config.json ties it; as in transformers the embedding counts.`,
		);
	}
	const trained = plan.hasHead && !isAtStart(config, tensors);
	if (plan.hasHead && !trained) {
		const { dense, norm, decoder, bias } = headNames[config.architecture];
		const own = [`${dense}.weight`, `${dense}.bias`, `${norm}.weight`, `${norm}.bias`, decoder, bias];
		for (const name of own) tensors.delete(name);
		notes.push("Its masked-LM head was never trained and is left out, so it fills no masks until it is trained to.");
	}
	return { tensors, trained, notes };
}

/** Whether no value is NaN or infinite: a sum of them all would be, one element times zero. */
function allFinite(data: Float32Array): boolean {
	let sum = 0;
	for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
	return sum === 0;
}

/** Whether norm and bias of the head are as a class of transformers starts them: no step of training leaves them so. */
function isAtStart(config: EncoderConfig, tensors: ReadonlyMap<string, HostTensor>): boolean {
	const { norm, bias } = headNames[config.architecture];
	const scale = tensors.get(`${norm}.weight`)!.data as Float32Array;
	const shift = tensors.get(bias)!.data as Float32Array;
	return scale.every((value) => value === 1) && shift.every((value) => value === 0);
}

function isSame(a: HostTensor, b: HostTensor): boolean {
	if (a.data.length !== b.data.length) return false;
	for (let i = 0; i < a.data.length; i++) if (a.data[i] !== b.data[i]) return false;
	return true;
}

/** What the model can be used for. Throws `modelInvalid` when that is nothing. */
function usesOf(parts: {
	readonly trained: boolean;
	readonly detects: boolean;
	readonly tokenizer: Tokenizer;
	readonly pooling: SentencePooling | undefined;
	readonly folder: string;
}): { roles: ImportReport["roles"]; pooling: SentencePooling | undefined; notes: string[] } {
	const { trained, detects, tokenizer, pooling, folder } = parts;
	const hasMask = maskTokenOf(tokenizer) !== null;
	const roles: ImportReport["roles"] = trained && hasMask ? ["completion"] : detects ? ["detection"] : [];
	const notes: string[] = [];
	if (!hasMask) notes.push("Its tokenizer has no mask token, so it fills no masks and cannot be trained to.");
	if (tokenizer.idOf("<encoder-only>") !== undefined) {
		notes.push(
			"This is UniXcoder as an encoder. Its own code begins a text with <encoder-only>; here texts begin as the tokenizer has it.",
		);
	}
	if (pooling === undefined) {
		notes.push(
			"Its vectors are means over its tokens. Unless it was trained for that, search with it is no better than by words: train it with --recipe code-search --from.",
		);
	} else if ("refused" in pooling) {
		notes.push(`It makes no vectors for search here: ${pooling.refused}.`);
		if (roles.length > 0) return { roles, pooling, notes };
		throw new MaskwrightError(
			"modelInvalid",
			`The model in ${folder} cannot be used: it neither fills masks nor detects replaced tokens, and ${pooling.refused}. Choose another model.`,
		);
	} else notes.push(...pooling.notes);
	return { roles: [...roles, "search"], pooling, notes };
}

function maskTokenOf(tokenizer: Tokenizer): string | null {
	return tokenizer.specialId("mask") === undefined ? null : tokenizer.maskToken;
}

function vocabularyNotes({ vocabularySize }: EncoderConfig, tokenizer: Tokenizer): string[] {
	const more = vocabularySize - tokenizer.vocabularySize;
	return more === 0 ? [] : [`${more} rows of its token embedding belong to no token of its tokenizer.`];
}

/** The section of `maskwright.json` on vectors. */
function embeddingOf(pooling: SentencePooling | undefined, maxTokens: number): Record<string, unknown> {
	if (pooling === undefined || "refused" in pooling) return { pooling: "mean" };
	const longest = Math.max(3, Math.min(pooling.longest ?? maxTokens, maxTokens));
	return { pooling: pooling.pooling, queryTokens: Math.min(64, longest), codeTokens: Math.min(256, longest) };
}

function cardOf(name: string, { source, folder }: ImportOptions): string {
	return `# ${name}\n\nImported by Maskwright from ${source ?? basename(resolve(folder))}, which came without a model card.\n`;
}
