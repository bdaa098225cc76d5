import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import type { ModelRole } from "../protocol/outputs.ts";
import { adapterFiles, modelFiles } from "../store/layout.ts";
import { modelInUse } from "../store/modelInUse.ts";
import { findModel, listModels } from "../store/models.ts";

interface Home {
	readonly home?: string;
}

/**
 * The folder of the model that finds suspicious tokens: the one that is named, else the one in use where it does, else
 * the newest that does. Throws `notFound` for a name that is unknown and where there is none.
 */
export function detectingModel(name: string | undefined, at: Home = {}): string {
	const found = name === undefined ? modelWithRole("detection", at) : findModel(name, at);
	if (found !== undefined) return found;
	throw new MaskwrightError(
		"notFound",
		"No model here has a detector of replaced tokens. Train one: Maskwright: Train on This Workspace with the recipe electra, or maskwright train FOLDER --recipe electra.",
	);
}

/**
 * The folder of the model that chooses between labels: the one that is named, else the one in use where it was trained
 * on labelled texts, else the newest that was, else the one in use, which then guesses. Throws `notFound` for a name
 * that is unknown and where there is no model.
 */
export function classifyingModel(name: string | undefined, at: Home = {}): string {
	const found = name === undefined ? (modelWithRole("classification", at) ?? modelInUse(at)) : findModel(name, at);
	if (found !== undefined) return found;
	throw new MaskwrightError(
		"notFound",
		"No model here chooses between labels. Train one: Maskwright: Train a Classifier on This File, or maskwright train FILE --recipe instruct.",
	);
}

/** The model in use where it has the role, else the newest that has. */
function modelWithRole(role: ModelRole, at: Home): string | undefined {
	const able = listModels(at).filter(({ roles }) => roles.includes(role));
	const inUse = modelInUse(at);
	const found = able.find(({ path }) => path === inUse) ?? able.sort((a, b) => age(b.path) - age(a.path))[0];
	return found?.path;
}

function age(folder: string): number {
	const weights = join(folder, modelFiles.weights);
	return statSync(existsSync(weights) ? weights : join(folder, adapterFiles.weights)).mtimeMs;
}
