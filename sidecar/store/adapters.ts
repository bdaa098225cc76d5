import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { isError, MaskwrightError } from "../base/errors.ts";
import { modelRoles } from "../protocol/outputs.ts";
import { recoverFolder, writeFileSynced, writeFolderAtomic } from "./atomic.ts";
import { boxedFolders } from "./boxedModels.ts";
import { hashOf, hashOfFile, requireAsWritten } from "./fileHashes.ts";
import { adapterFiles, modelFiles } from "./layout.ts";
import { json, type ModelAbout, modelName } from "./modelFolder.ts";
import { findModel } from "./models.ts";
import { readRegularFile, withRegularFile } from "./regularFile.ts";
import { encodeSafetensors, type HostTensor, readSafetensors } from "./safetensors.ts";

/** Which model an adapter was trained on: nothing else has the weights that it changes. */
export interface BaseIdentity {
	readonly name: string;
	/** Of the base's weights as they lie on disk, in hexadecimal. */
	readonly sha256: string;
	/** Its folder, where its name alone does not lead there. */
	readonly folder?: string | undefined;
}

/** An adapter as it lies on disk: tensors and a configuration named as PEFT and AdapterHub name them, and what we know. */
export interface StoredAdapter {
	/** The `adapter` section of the recipe. */
	readonly adapter: Readonly<Record<string, unknown>> & { readonly kind: string };
	readonly base: BaseIdentity;
	/** By their names in the model. */
	readonly tensors: ReadonlyMap<string, HostTensor>;
	readonly about: ModelAbout;
}

/** An adapter to write, with its configuration for other programs and its card. */
export interface AdapterToWrite extends StoredAdapter {
	readonly config: Readonly<Record<string, unknown>>;
	/** Stands before each tensor's name in the file. */
	readonly prefix: string;
	readonly card: string;
}

const baseSchema = z.object({ name: z.string(), sha256: z.string(), folder: z.string().optional() });

const aboutSchema = z.looseObject({
	roles: z.array(z.enum(modelRoles)),
	scores: z.record(z.string(), z.unknown()).nullable(),
	adapter: z.looseObject({ kind: z.string() }),
	base: baseSchema,
	prefix: z.string(),
	files: z.record(z.string(), z.string()),
});

const largestJson = 1 << 20;

/** Whether a folder holds an adapter. */
export function isAdapter(folder: string): boolean {
	return existsSync(join(folder, adapterFiles.config));
}

/** The folder of the adapter that a name or path leads to. Throws `notFound`, and `usage` for what is a model. */
export function findAdapter(name: string, at: { home?: string } = {}): string {
	const path = findModel(name, at);
	if (isAdapter(path)) return path;
	throw new MaskwrightError("usage", `${name} is a model, not an adapter. maskwright adapters lists these.`);
}

/** Writes an adapter's folder, whole or not at all, replacing one that stands there. Throws `storage`. */
export function saveAdapter(folder: string, written: AdapterToWrite): void {
	const { adapter, base, about, prefix } = written;
	writeFolderAtomic(folder, (temporary) => {
		const files: Record<string, string> = {};
		const write = (name: string, data: string | readonly Uint8Array[]): void => {
			writeFileSynced(join(temporary, name), data);
			files[name] = hashOf(data);
		};
		const tensors = new Map([...written.tensors].map(([name, tensor]) => [prefix + name, tensor]));
		write(adapterFiles.config, json(written.config));
		write(adapterFiles.weights, encodeSafetensors(tensors, { format: "pt" }));
		writeFileSynced(join(temporary, modelFiles.card), written.card);
		writeFileSynced(join(temporary, modelFiles.about), json({ ...about, adapter, base, prefix, files }));
	});
}

/** Reads an adapter's folder. Throws `notFound` or `modelInvalid`. */
export function loadAdapter(folder: string): StoredAdapter {
	const { adapter, base, prefix, files, ...about } = readAdapterAbout(folder);
	const tensors = withRegularFile(join(folder, adapterFiles.weights), (file) => {
		requireAsWritten(file.path, files, () => hashOfFile(file));
		return readSafetensors(file);
	});
	const named = [...tensors].map(([name, tensor]) => [
		name.startsWith(prefix) ? name.slice(prefix.length) : name,
		tensor,
	]);
	return { adapter, base, about, tensors: new Map(named as [string, HostTensor][]) };
}

/** What an adapter's `maskwright.json` says. Throws `notFound` or `modelInvalid`. */
function readAdapterAbout(folder: string): z.output<typeof aboutSchema> {
	recoverFolder(folder);
	const path = join(folder, modelFiles.about);
	const bytes = readRegularFile(path, { mostBytes: largestJson });
	try {
		return aboutSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
	} catch (cause) {
		const sentence = `${path} does not say what an adapter's should: which model it is for. Train the adapter again.`;
		throw new MaskwrightError("modelInvalid", sentence, { cause });
	}
}

/** What an adapter was trained to do. Throws `notFound` or `modelInvalid`. */
export function rolesOfAdapter(folder: string): ModelAbout["roles"] {
	return readAdapterAbout(folder).roles;
}

/** What tells a model from every other. Throws `notFound`. */
export function identityOf(folder: string, at: { home?: string } = {}): BaseIdentity {
	const name = modelName(folder);
	const sha256 = hashOfWeights(folder);
	return candidates(name, at).includes(resolve(folder)) ? { name, sha256 } : { name, sha256, folder: resolve(folder) };
}

/** The folder of an adapter's base. Throws `notFound` where there is none of its name, `modelInvalid` for other weights. */
export function baseFolder(adapter: string, at: { home?: string } = {}): string {
	const { base } = readAdapterAbout(adapter);
	const found = folderOfBase(base, at);
	if (found !== undefined) return found;
	if (candidates(base.name, at).length === 0) {
		const sentence = `The adapter ${modelName(adapter)} is for the model ${base.name}, which is not here. See maskwright models.`;
		throw new MaskwrightError("notFound", sentence);
	}
	throw new MaskwrightError("modelInvalid", otherBase(adapter, base.name));
}

/** The folder of the model with this identity, if it is here. */
export function folderOfBase({ name, folder, sha256 }: BaseIdentity, at: { home?: string } = {}): string | undefined {
	const all = [...(folder === undefined ? [] : [folder]), ...candidates(name, at)];
	return all.find((path) => existsSync(join(path, modelFiles.weights)) && hashOfWeights(path) === sha256);
}

/** Throws `modelInvalid` unless an adapter was trained on the model in a folder. */
export function requireBase(adapter: string, model: string): void {
	const { base } = readAdapterAbout(adapter);
	if (hashOfWeights(model) !== base.sha256) throw new MaskwrightError("modelInvalid", otherBase(adapter, base.name));
}

/** Throws `usage` for an adapter of nothing, or of another adapter. */
export function requireBaseModel(from: string | undefined): void {
	if (from !== undefined && isAdapter(from)) {
		const sentence = `${modelName(from)} is an adapter itself. Train on the model that it is for, or export the two as one model first (maskwright export).`;
		throw new MaskwrightError("usage", sentence);
	}
	if (from !== undefined) return;
	throw new MaskwrightError(
		"usage",
		"An adapter is trained on a model whose weights stay as they are. Name one with --from, or train the whole model: leave the recipe's adapter section out.",
	);
}

function otherBase(adapter: string, name: string): string {
	return `The adapter ${modelName(adapter)} was trained on the model ${name} with other weights than these, and changes nothing else in a sensible way. Use it with that model, or train it again.`;
}

/** The models of a name: the user's, and that in the box. */
function candidates(name: string, at: { home?: string }): string[] {
	const boxed = boxedFolders().filter((path) => modelName(path) === name);
	try {
		return [...new Set([findModel(name, at), ...boxed])].filter((path) => !isAdapter(path));
	} catch (error) {
		if (isError(error, "notFound")) return boxed;
		throw error;
	}
}

function hashOfWeights(folder: string): string {
	return withRegularFile(join(folder, modelFiles.weights), hashOfFile);
}
