/** The folder of a model, as it is written and read. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { MaskwrightError } from "../base/errors.ts";
import { type ModelRole, modelRoles } from "../protocol/outputs.ts";
import { recoverFolder, writeFileAtomic, writeFileSynced, writeFolderAtomic } from "./atomic.ts";
import { expandNumbers, expandWeights } from "./compactTensors.ts";
import { type FileHashes, hashOf, hashOfFile, requireAsWritten } from "./fileHashes.ts";
import { adapterFiles, modelFiles } from "./layout.ts";
import { readRegularFile, withRegularFile } from "./regularFile.ts";
import { encodeSafetensors, type FileTensor, type HostTensor, readFileTensors } from "./safetensors.ts";

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

/** The largest tokenizers, of 250,000 pieces in many languages, have 17 MB. */
const largestJson = 64 << 20;

const aboutSchema = z.looseObject({
	roles: z.array(z.enum(modelRoles)),
	scores: z.record(z.string(), z.unknown()).nullable(),
	files: z.record(z.string(), z.string()).optional(),
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

/**
 * Changes what `maskwright.json` says of a model, and nothing else of it; a key that becomes undefined goes. Throws
 * `storage`, and `modelInvalid` for a file that does not say what it should.
 */
export function changeAbout(folder: string, change: Readonly<Record<string, unknown>>): void {
	const unwritten = { about: { roles: ["completion"], scores: null }, files: undefined };
	const { about, files } = readAbout(folder) ?? unwritten;
	writeFileAtomic(join(folder, modelFiles.about), json({ ...about, ...change, files }));
}

/** Whether a folder holds a model, or an adapter of one. */
export function holdsModel(path: string): boolean {
	return [modelFiles.config, adapterFiles.config].some((name) => existsSync(join(path, name)));
}

/** The name of the model in a folder: a run's model is named after the run. */
export function modelName(path: string): string {
	return basename(path) === "model" ? basename(dirname(path)) : basename(path);
}

/** What `maskwright.json` says of a model, and the hashes of its files; undefined where it has none. */
export function readAbout(folder: string): { about: ModelAbout; files: FileHashes | undefined } | undefined {
	const file = join(folder, modelFiles.about);
	if (!existsSync(file)) return undefined;
	const read = aboutSchema.safeParse(parseFile(file, "modelInvalid"));
	if (read.success) {
		const { files, ...about } = read.data;
		return { about, files };
	}
	throw new MaskwrightError("modelInvalid", `${file} does not say what it should. Remove it or save the model again.`);
}

/** What a JSON file holds; throws the error named where it holds none. */
export function parseFile(
	path: string,
	name: "modelInvalid" | "tokenizerInvalid" | "storage",
	files?: FileHashes,
): unknown {
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

/** A value as the text of a file that people may read. */
export function json(value: unknown): string {
	return `${JSON.stringify(value, undefined, "\t")}\n`;
}
