import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { isError, MaskwrightError } from "../base/errors.ts";
import { atStorage, recoverFolder } from "./atomic.ts";
import { boxedFolders, isBoxed } from "./boxedModels.ts";
import { countElements } from "./compactTensors.ts";
import { adapterFiles, homeLayout, modelFiles, runLayout } from "./layout.ts";
import { holdsModel, modelBytes, modelName, parseFile, readAbout } from "./modelFolder.ts";
import { chosenModel } from "./modelInUse.ts";
import { withRegularFile } from "./regularFile.ts";
import { runFolders } from "./runs.ts";
import { readSafetensorsEntries } from "./safetensors.ts";

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

/** What the list of models reads of an adapter's. */
const adapterAboutSchema = z.looseObject({
	architecture: z.string(),
	adapter: z.looseObject({ kind: z.string() }),
	base: z.looseObject({ name: z.string() }),
});

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
