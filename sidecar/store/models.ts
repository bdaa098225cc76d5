import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { isError, MaskwrightError } from "../base/errors.ts";
import {
	atStorage,
	readBytes,
	readText,
	recoverFolder,
	writeFileAtomic,
	writeFileSynced,
	writeFolderAtomic,
} from "./atomic.ts";
import { homeLayout, modelFiles, runLayout } from "./layout.ts";
import { runFolders } from "./runs.ts";
import {
	decodeSafetensors,
	encodeSafetensors,
	type HostTensor,
	headerLength,
	readSafetensorsHeader,
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
	readonly roles: readonly ("completion" | "search")[];
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
	readonly boxed: boolean;
	readonly roles: readonly string[];
	readonly scores: Readonly<Record<string, unknown>> | null;
}

const aboutSchema = z.looseObject({
	roles: z.array(z.enum(["completion", "search"])),
	scores: z.record(z.string(), z.unknown()).nullable(),
});

/** Writes a model folder, whole or not at all, replacing one that stands there. Throws `storage`. */
export function saveModel(folder: string, model: StoredModel): void {
	writeFolderAtomic(folder, (temporary) => {
		const write = (name: string, data: string | readonly Uint8Array[]): void =>
			writeFileSynced(join(temporary, name), data);
		write(modelFiles.config, json(model.config));
		// Hugging Face's loaders look for this metadata.
		write(modelFiles.weights, encodeSafetensors(model.tensors, { format: "pt" }));
		write(modelFiles.tokenizer, json(model.tokenizer));
		if (model.card !== undefined) write(modelFiles.card, model.card);
		if (model.about !== undefined) write(modelFiles.about, json(model.about));
		for (const [name, tensors] of model.extra ?? []) write(`${name}.safetensors`, encodeSafetensors(tensors));
	});
}

/** Reads a model folder, ours or Hugging Face's. Throws `notFound`, `modelInvalid` or `tokenizerInvalid`. */
export function loadModel(folder: string): StoredModel {
	recoverFolder(folder);
	const path = (name: string): string => join(folder, name);
	for (const name of [modelFiles.config, modelFiles.weights, modelFiles.tokenizer]) {
		if (!existsSync(path(name))) {
			throw new MaskwrightError(
				"notFound",
				`${folder} is not a model folder: it has no ${name}. See maskwright models.`,
			);
		}
	}
	const extra = new Map<string, Map<string, HostTensor>>();
	for (const name of readdirSync(folder).sort()) {
		if (!name.endsWith(".safetensors") || name === modelFiles.weights) continue;
		extra.set(basename(name, ".safetensors"), decodeSafetensors(readBytes(path(name)), path(name)));
	}
	const about = readAbout(folder);
	return {
		config: parseFile(path(modelFiles.config), "modelInvalid"),
		tensors: decodeSafetensors(readBytes(path(modelFiles.weights)), path(modelFiles.weights)),
		tokenizer: parseFile(path(modelFiles.tokenizer), "tokenizerInvalid"),
		extra,
		...(about === undefined ? {} : { about }),
	};
}

/** Models in the user's folder and those that runs have made. Folders that are no sound model are left out. */
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

/** Removes the folder of a model that is listed; when it is the one in use, none is. Throws `notFound`. */
export function removeModel(path: string, { home }: { home?: string } = {}): void {
	if (!modelFolders(home).includes(path) || summarizeModel(path) === undefined) {
		throw new MaskwrightError("notFound", `${path} is none of the models that are known here; nothing was removed.`);
	}
	const inUse = modelInUse(home === undefined ? {} : { home }) === path;
	atStorage(path, () => {
		// Of a link, the link alone goes.
		rmSync(path, { recursive: true, force: true });
		if (inUse) rmSync(homeLayout(home).modelInUse, { force: true });
	});
}

/** Where models may be: folders of the user's folder, and that of each run. */
function modelFolders(home: string | undefined): string[] {
	const { models } = homeLayout(home);
	const own = existsSync(models) ? readdirSync(models).filter((name) => !name.startsWith(".")) : [];
	return [...own.map((name) => join(models, name)), ...runFolders(home).map((run) => runLayout(run).model)];
}

function byName(a: ModelSummary, b: ModelSummary): number {
	return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * The folder of the model that `model` names: a model folder, a run's folder, or a name in the list of models.
 * Throws `notFound`.
 */
export function findModel(model: string, { home }: { home?: string } = {}): string {
	for (const path of [model, runLayout(model).model]) {
		recoverFolder(path);
		if (existsSync(join(path, modelFiles.config))) return resolve(path);
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

/** The folder of the model in use, or undefined when there is none or it is gone. */
export function modelInUse({ home }: { home?: string } = {}): string | undefined {
	const { modelInUse: file } = homeLayout(home);
	if (!existsSync(file)) return undefined;
	const { path } = parseFile(file, "storage") as { path?: unknown };
	return typeof path === "string" && existsSync(join(path, modelFiles.config)) ? path : undefined;
}

/** The name of the model in a folder: a run's model is named after the run. */
export function modelName(path: string): string {
	return basename(path) === "model" ? basename(dirname(path)) : basename(path);
}

function summarizeModel(path: string): ModelSummary | undefined {
	try {
		recoverFolder(path);
		if (!existsSync(join(path, modelFiles.config))) return undefined;
		const about = readAbout(path);
		return {
			name: modelName(path),
			path,
			architecture: architectureOf(parseFile(join(path, modelFiles.config), "modelInvalid")),
			parameters: countParameters(join(path, modelFiles.weights)),
			bytes: readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0),
			boxed: false,
			roles: about?.roles ?? ["completion"],
			scores: about?.scores ?? null,
		};
	} catch (error) {
		if (isError(error, "notFound", "modelInvalid")) return undefined;
		throw error;
	}
}

function architectureOf(config: unknown): string {
	const type = typeof config === "object" && config !== null && "model_type" in config ? config.model_type : undefined;
	return typeof type === "string" ? type : "unknown";
}

/** Reads only the header of the weights. */
function countParameters(path: string): number {
	return atStorage(path, () => {
		const file = openSync(path, "r");
		try {
			const fileBytes = statSync(path).size;
			const start = new Uint8Array(8);
			const read = readSync(file, start, 0, 8, 0);
			const length = headerLength(start.subarray(0, read), { file: path, fileBytes });
			const header = new Uint8Array(8 + length);
			readSync(file, header, 0, header.length, 0);
			const { entries } = readSafetensorsHeader(header, { file: path, fileBytes });
			return [...entries.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
		} finally {
			closeSync(file);
		}
	});
}

function readAbout(folder: string): ModelAbout | undefined {
	const file = join(folder, modelFiles.about);
	if (!existsSync(file)) return undefined;
	const about = aboutSchema.safeParse(parseFile(file, "modelInvalid"));
	if (about.success) return about.data;
	throw new MaskwrightError("modelInvalid", `${file} does not say what it should. Remove it or save the model again.`);
}

function parseFile(path: string, name: "modelInvalid" | "tokenizerInvalid" | "storage"): unknown {
	try {
		return JSON.parse(readText(path)) as unknown;
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		throw new MaskwrightError(name, `${path} is not JSON. Get or write the file again.`, { cause: error });
	}
}

function json(value: unknown): string {
	return `${JSON.stringify(value, undefined, "\t")}\n`;
}
