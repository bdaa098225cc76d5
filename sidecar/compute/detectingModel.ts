import { statSync } from "node:fs";
import { join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { modelFiles } from "../store/layout.ts";
import { findModel, listModels, modelInUse } from "../store/models.ts";

/**
 * The folder of the model that finds suspicious tokens: the one that is named, else the one in use where it does, else
 * the newest that does. Throws `notFound` for a name that is unknown and where there is none.
 */
export function detectingModel(name: string | undefined, at: { readonly home?: string } = {}): string {
	if (name !== undefined) return findModel(name, at);
	const detecting = listModels(at).filter(({ roles }) => roles.includes("detection"));
	const inUse = modelInUse(at);
	const found = detecting.find(({ path }) => path === inUse) ?? detecting.sort((a, b) => age(b.path) - age(a.path))[0];
	if (found !== undefined) return found.path;
	throw new MaskwrightError(
		"notFound",
		"No model here has a detector of replaced tokens. Train one: Maskwright: Train on This Workspace with the recipe electra, or maskwright train FOLDER --recipe electra.",
	);
}

function age(folder: string): number {
	return statSync(join(folder, modelFiles.weights)).mtimeMs;
}
