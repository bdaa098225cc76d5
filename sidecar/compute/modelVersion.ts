import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { baseFolder, isAdapter } from "../store/adapters.ts";
import { adapterFiles, modelFiles } from "../store/layout.ts";
import { modelInUse } from "../store/modelInUse.ts";
import { findModel } from "../store/models.ts";
import type { ModelVersion } from "./inferenceMessages.ts";

/** The model or adapter in a folder as it lies there now. Throws as `baseFolder` for an adapter whose model is gone. */
export function versionOf(folder: string): ModelVersion {
	if (!isAdapter(folder)) return versionOfFiles(folder, [modelFiles.weights, modelFiles.about]);
	const base = versionOf(baseOf(folder));
	return { ...versionOfFiles(folder, [adapterFiles.weights, modelFiles.about]), base };
}

/** The model of a name or path, or else the one in use. Throws `notFound`. */
export function askedVersion(name: string | undefined, home: string | undefined): ModelVersion {
	const named = name === undefined ? undefined : findModel(name, home === undefined ? {} : { home });
	const model = named === undefined ? versionInUse(home) : versionOf(named);
	if (model !== undefined) return model;
	throw new MaskwrightError(
		"notFound",
		"There is no model in use. Train one: Maskwright: Train on This Workspace, or maskwright train FOLDER in a terminal.",
	);
}

/** The model in use as it lies there now; undefined where there is none. */
export function versionInUse(home: string | undefined): ModelVersion | undefined {
	const folder = modelInUse(home === undefined ? {} : { home });
	return folder === undefined ? undefined : versionOf(folder);
}

function versionOfFiles(folder: string, names: readonly string[]): ModelVersion {
	// The second says how the model is to answer.
	const files = names.map((name) => join(folder, name));
	return { folder, version: files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs).join(" ") };
}

/** Bases found before, by the adapter's folder and time: each keystroke asks, and a base is told by its hash. */
const bases = new Map<string, string>();

/** The folder of an adapter's model; throws as `baseFolder`. */
export function baseOf(adapter: string, at: { home?: string } = {}): string {
	const { version } = versionOfFiles(adapter, [adapterFiles.weights, modelFiles.about]);
	const key = `${adapter} ${version}`;
	const known = bases.get(key);
	if (known !== undefined && existsSync(join(known, modelFiles.weights))) return known;
	const found = baseFolder(adapter, at);
	bases.set(key, found);
	return found;
}
