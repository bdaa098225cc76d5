import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { isError, MaskwrightError } from "../base/errors.ts";
import { type ModelRole, modelRoles } from "../protocol/outputs.ts";
import { atStorage, recoverFolder, writeFileAtomic, writeFileSynced, writeFolderAtomic } from "./atomic.ts";
import { boxedFolders, boxedModel, isBoxed } from "./boxedModels.ts";
import { countElements, expandNumbers, expandWeights } from "./compactTensors.ts";
import { type FileHashes, hashOf, hashOfFile, requireAsWritten } from "./fileHashes.ts";
import { adapterFiles, homeLayout, modelFiles, runLayout } from "./layout.ts";
import { readRegularFile, withRegularFile } from "./regularFile.ts";
import { runFolders } from "./runs.ts";
import {
	encodeSafetensors,
	type FileTensor,
	type HostTensor,
	readFileTensors,
	readSafetensorsEntries,
} from "./safetensors.ts";

/** A model as it lies on disk, in Hugging Face's layout. */
export interface StoredModel {
	/** `config.json`. */
	readonly config: unknown;
	/** `model.safetensors`, by state-dict name. */
	readonly tensors: ReadonlyMap<string, HostTensor>;
	/** `tokenizer.json`. */
	readonly tokenizer: unknown;
	/** `README.md`, the model card. */
	readonly card?: string;
	/** `maskwright.json`: what only we know of it. */
	readonly about?: ModelAbout;
	/** Further safetensors files by their name without the ending, such as the n-gram counts of the fill. */
	readonly extra?: ReadonlyMap<string, ReadonlyMap<string, HostTensor>>;
}

export interface ModelAbout {
	readonly roles: readonly ModelRole[];
	readonly scores: Readonly<Record<string, unknown>> | null;
	readonly [key: string]: unknown;
}

/** What a list of models shows of one. */
export interface ModelSummary {
	readonly name: string;
	readonly path: string;
	readonly architecture: string;
	/** Weights, counted one by one. */
	readonly parameters: number;
	/** Of all files in the folder. */
	readonly bytes: number;
	/** Whether it came with Maskwright. */
	readonly boxed: boolean;
	readonly roles: readonly string[];
	readonly scores: Readonly<Record<string, unknown>> | null;
	/** Of an adapter: what it is, and the name of the model that it is for. `parameters` counts the adapter's alone. */
	readonly adapter: { readonly kind: string; readonly base: string } | null;
}

/** The largest tokenizers, of 250,000 pieces in many languages, have 17 MB. */
const largestJson = 64 << 20;

const aboutSchema = z.looseObject({
	roles: z.array(z.enum(modelRoles)),
	scores: z.record(z.string(), z.unknown()).nullable(),
	files: z.record(z.string(), z.string()).optional(),
});

/** What the list of models reads of an adapter's. */
const adapterAboutSchema = z.looseObject({
	architecture: z.string(),
	adapter: z.looseObject({ kind: z.string() }),
	base: z.looseObject({ name: z.string() }),
});

/** A model whose tensors may be in fewer bytes, see `compactTensors`. */
type ModelToWrite = Omit<StoredModel, "tensors" | "extra"> & {
	readonly tensors: ReadonlyMap<string, FileTensor>;
	readonly extra?: ReadonlyMap<string, ReadonlyMap<string, FileTensor>>;
};

/** Writes a model folder, whole or not at all, replacing one that stands there. Throws `storage`. */
export function saveModel(folder: string, model: ModelToWrite): void {
	writeFolderAtomic(folder, (temporary) => {
		const files: Record<string, string> = {};
		const write = (name: string, data: string | readonly Uint8Array[]): void => {
			writeFileSynced(join(temporary, name), data);
			files[name] = hashOf(data);
		};
		write(modelFiles.config, json(model.config));
		// Hugging Face's loaders look for this metadata.
		write(modelFiles.weights, encodeSafetensors(model.tensors, { format: "pt" }));
		write(modelFiles.tokenizer, json(model.tokenizer));
		for (const [name, tensors] of model.extra ?? []) write(`${name}.safetensors`, encodeSafetensors(tensors));
		if (model.card !== undefined) writeFileSynced(join(temporary, modelFiles.card), model.card);
		const about = model.about === undefined ? undefined : json({ ...model.about, files });
		if (about !== undefined) writeFileSynced(join(temporary, modelFiles.about), about);
	});
}

/**
 * The folder for a new model of this user. Throws `usage` for a name that is taken or cannot be that of a folder on every
 * system.
 */
export function newModelFolder(name: string, { home }: { home?: string } = {}): string {
	const path = join(homeLayout(home).models, name);
	// A run's model lies in a folder named "model", and bears the name of the run.
	if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(name) || name.endsWith(".") || name === "model") {
		const sentence = `${JSON.stringify(name)} cannot be the name of a model. Give one of letters, digits, dots and hyphens with --name.`;
		throw new MaskwrightError("usage", sentence);
	}
	recoverFolder(path);
	if (!existsSync(path)) return path;
	throw new MaskwrightError("usage", `There is a model ${name} already. Give another name with --name.`);
}

/** Bytes of all files of a model folder. */
export function modelBytes(path: string): number {
	return [...modelFileSizes(path).values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Bytes of each file of a model folder, by name. */
export function modelFileSizes(path: string): Map<string, number> {
	return new Map(readdirSync(path).map((name) => [name, statSync(join(path, name)).size]));
}

/** Reads a model folder, ours or Hugging Face's. Throws `notFound`, `modelInvalid` or `tokenizerInvalid`. */
export function loadModel(folder: string): StoredModel {
	recoverFolder(folder);
	const path = (name: string): string => join(folder, name);
	if (existsSync(path(adapterFiles.config))) {
		const sentence = `${folder} is an adapter, not a model of its own. Export it as one: maskwright export ${folder} --format maskwright --out DIR.`;
		throw new MaskwrightError("modelInvalid", sentence);
	}
	for (const name of [modelFiles.config, modelFiles.weights, modelFiles.tokenizer]) {
		if (!existsSync(path(name))) {
			throw new MaskwrightError(
				"notFound",
				`${folder} is not a model folder: it has no ${name}. See maskwright models.`,
			);
		}
	}
	const { files, about } = readAbout(folder) ?? { files: undefined, about: undefined };
	const read = (name: string): ReturnType<typeof readFileTensors> =>
		withRegularFile(path(name), (file) => {
			const tensors = readFileTensors(file);
			requireAsWritten(file.path, files, () => hashOfFile(file));
			return tensors;
		});
	const extra = new Map<string, Map<string, HostTensor>>();
	for (const name of readdirSync(folder).sort()) {
		if (!name.endsWith(".safetensors") || name === modelFiles.weights) continue;
		extra.set(basename(name, ".safetensors"), expandNumbers(read(name), path(name)));
	}
	requireWhole(folder, files, extra);
	return {
		config: parseFile(path(modelFiles.config), "modelInvalid", files),
		tensors: expandWeights(read(modelFiles.weights), path(modelFiles.weights)),
		tokenizer: parseFile(path(modelFiles.tokenizer), "tokenizerInvalid", files),
		extra,
		...(about === undefined ? {} : { about }),
	};
}

/** Throws `modelInvalid` when a further file that was written with the model is gone. */
function requireWhole(folder: string, files: FileHashes | undefined, extra: ReadonlyMap<string, unknown>): void {
	const gone = Object.keys(files ?? {}).find(
		(name) =>
			name.endsWith(".safetensors") && name !== modelFiles.weights && !extra.has(basename(name, ".safetensors")),
	);
	if (gone === undefined) return;
	const sentence = `${folder} has no ${JSON.stringify(gone)}, which was written with its model. Get the model again.`;
	throw new MaskwrightError("modelInvalid", sentence);
}

/** Models in the user's folder, those that runs have made and those that came with us. Folders that are no sound model are left out. */
export function listModels({ home }: { home?: string } = {}): ModelSummary[] {
	const summaries = modelFolders(home).map(summarizeModel);
	return summaries.filter((summary) => summary !== undefined).sort(byName);
}

/** As `listModels`, with room for other work between two models. */
export async function listModelsInTurn({ home }: { home?: string } = {}): Promise<ModelSummary[]> {
	const summaries: ModelSummary[] = [];
	for (const path of modelFolders(home)) {
		const summary = summarizeModel(path);
		if (summary !== undefined) summaries.push(summary);
		await new Promise(setImmediate);
	}
	return summaries.sort(byName);
}

/**
 * Removes the folder of a model that is listed; when it is the one in use, that is the one in the box again, if there is
 * one. Throws `notFound`, and `wrongState` for a model of the box.
 */
export function removeModel(path: string, { home }: { home?: string } = {}): void {
	if (isBoxed(path)) {
		const sentence = `${modelName(path)} comes with Maskwright and stays. To use another: maskwright models lists them.`;
		throw new MaskwrightError("wrongState", sentence);
	}
	if (!modelFolders(home).includes(path) || summarizeModel(path) === undefined) {
		throw new MaskwrightError("notFound", `${path} is none of the models that are known here; nothing was removed.`);
	}
	const inUse = chosenModel(home) === path;
	atStorage(path, () => {
		// Of a link, the link alone goes.
		rmSync(path, { recursive: true, force: true });
		if (inUse) rmSync(homeLayout(home).modelInUse, { force: true });
	});
}

/** Where models may be: folders of the user's folder, that of each run, and the box; of one name the user's comes first. */
function modelFolders(home: string | undefined): string[] {
	const { models } = homeLayout(home);
	const own = existsSync(models) ? readdirSync(models).filter((name) => !name.startsWith(".")) : [];
	const ofRuns = runFolders(home).map((run) => runLayout(run).model);
	return [...own.map((name) => join(models, name)), ...ofRuns, ...boxedFolders()];
}

/** By name, the adapters of a model behind it. */
function byName(a: ModelSummary, b: ModelSummary): number {
	const [first, second] = [a, b].map(({ name, adapter }) => [adapter?.base ?? name, adapter === null ? "" : name]) as [
		[string, string],
		[string, string],
	];
	const order = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);
	return order(first[0], second[0]) || order(first[1], second[1]);
}

/**
 * Changes what `maskwright.json` says of a model, and nothing else of it; a key that becomes undefined goes. Throws
 * `storage`, and `modelInvalid` for a file that does not say what it should.
 */
export function changeAbout(folder: string, change: Readonly<Record<string, unknown>>): void {
	const unwritten = { about: { roles: ["completion"], scores: null }, files: undefined };
	const { about, files } = readAbout(folder) ?? unwritten;
	writeFileAtomic(join(folder, modelFiles.about), json({ ...about, ...change, files }));
}

/**
 * The folder of the model that `model` names: a model folder, a run's folder, or a name in the list of models.
 * Throws `notFound`.
 */
export function findModel(model: string, { home }: { home?: string } = {}): string {
	for (const path of [model, runLayout(model).model]) {
		recoverFolder(path);
		if (holdsModel(path)) return resolve(path);
	}
	const found = listModels(home === undefined ? {} : { home }).find(({ name }) => name === model);
	if (found !== undefined) return found.path;
	throw new MaskwrightError(
		"notFound",
		`There is no model ${model}. See maskwright models, or give the path of its folder.`,
	);
}

/** Makes a model the one that `fill` takes when none is named. */
export function useModel(path: string, { home }: { home?: string } = {}): void {
	writeFileAtomic(homeLayout(home).modelInUse, json({ path: resolve(path) }));
}

/**
 * Makes a model that a run has just made the one in use, unless it is for something else than filling masks (one that
 * chooses between labels has learned these alone and is found by its role), or no better on the held-out files than the
 * model that it went on from.
 */
export function useNewModel(path: string, at: { home?: string } = {}): void {
	const about = readAbout(path)?.about;
	const roles = about?.roles ?? ["completion"];
	const fills = roles.includes("completion") && !roles.includes("classification");
	if (fills && isBetter(about?.scores ?? null)) useModel(path, at);
}

function isBetter(scores: ModelAbout["scores"]): boolean {
	const [loss, before] = [lossOf(scores), lossOf(scores?.["before"])];
	return loss === undefined || before === undefined || loss < before;
}

function lossOf(scores: unknown): number | undefined {
	const loss = typeof scores === "object" && scores !== null && "loss" in scores ? scores.loss : undefined;
	return typeof loss === "number" ? loss : undefined;
}

/**
 * The folder of the model in use: the one that the user chose or trained last, else the one in the box. Undefined when
 * there is neither.
 */
export function modelInUse({ home }: { home?: string } = {}): string | undefined {
	return chosenModel(home) ?? boxedModel("completion");
}

/** The user's choice, unless it is gone. */
function chosenModel(home: string | undefined): string | undefined {
	const { modelInUse: file } = homeLayout(home);
	if (!existsSync(file)) return undefined;
	const { path } = parseFile(file, "storage") as { path?: unknown };
	return typeof path === "string" && holdsModel(path) ? path : undefined;
}

/** Whether a folder holds a model, or an adapter of one. */
export function holdsModel(path: string): boolean {
	return [modelFiles.config, adapterFiles.config].some((name) => existsSync(join(path, name)));
}

/** The name of the model in a folder: a run's model is named after the run. */
export function modelName(path: string): string {
	return basename(path) === "model" ? basename(dirname(path)) : basename(path);
}

function summarizeModel(path: string): ModelSummary | undefined {
	try {
		recoverFolder(path);
		if (!holdsModel(path)) return undefined;
		const about = readAbout(path)?.about;
		const common = {
			name: modelName(path),
			path,
			bytes: modelBytes(path),
			boxed: isBoxed(path),
			roles: about?.roles ?? ["completion"],
			scores: about?.scores ?? null,
		};
		if (existsSync(join(path, adapterFiles.config))) {
			const { adapter, base, architecture } = adapterAboutSchema.parse(about);
			const parameters = countParameters(join(path, adapterFiles.weights));
			return { ...common, architecture, parameters, adapter: { kind: adapter.kind, base: base.name } };
		}
		return {
			...common,
			architecture: architectureOf(parseFile(join(path, modelFiles.config), "modelInvalid")),
			parameters: countParameters(join(path, modelFiles.weights)),
			adapter: null,
		};
	} catch (error) {
		if (isError(error, "notFound", "modelInvalid") || error instanceof z.ZodError) return undefined;
		throw error;
	}
}

function architectureOf(config: unknown): string {
	const type = typeof config === "object" && config !== null && "model_type" in config ? config.model_type : undefined;
	return typeof type === "string" ? type : "unknown";
}

/** Reads only the header of the weights. */
function countParameters(path: string): number {
	return countElements(withRegularFile(path, readSafetensorsEntries));
}

function readAbout(folder: string): { about: ModelAbout; files: FileHashes | undefined } | undefined {
	const file = join(folder, modelFiles.about);
	if (!existsSync(file)) return undefined;
	const read = aboutSchema.safeParse(parseFile(file, "modelInvalid"));
	if (read.success) {
		const { files, ...about } = read.data;
		return { about, files };
	}
	throw new MaskwrightError("modelInvalid", `${file} does not say what it should. Remove it or save the model again.`);
}

function parseFile(path: string, name: "modelInvalid" | "tokenizerInvalid" | "storage", files?: FileHashes): unknown {
	const bytes = readRegularFile(path, { mostBytes: largestJson });
	try {
		const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
		requireAsWritten(path, files, () => hashOf([bytes]));
		return parsed;
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		throw new MaskwrightError(name, `${path} is not JSON. Get or write the file again.`, { cause: error });
	}
}

function json(value: unknown): string {
	return `${JSON.stringify(value, undefined, "\t")}\n`;
}
