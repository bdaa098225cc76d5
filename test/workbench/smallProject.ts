import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeMlmSmall } from "../../sidecar/recipes/codeMlmSmall.ts";
import { applyOverrides } from "../../sidecar/train/recipeChanges.ts";
import { house } from "./house.ts";

/** Real code, small enough to train on in seconds: some rooms of this project. */
const rooms = ["base", "optim", "objectives"];

/** Copies the small project to `folder`, which is made. */
export function copySmallProject(folder: string): void {
	mkdirSync(folder, { recursive: true });
	for (const room of rooms) cpSync(join(house, "sidecar", room), join(folder, room), { recursive: true });
}

/** Writes the file of a recipe with `steps` steps of some milliseconds and returns its path. */
export function writeTinyRecipe(folder: string, steps: number): string {
	const recipe = applyOverrides(codeMlmSmall.recipe, [
		"name=tiny",
		"tokenizer.vocabularySize=600",
		"model.layers=2",
		"model.hiddenSize=32",
		"model.heads=2",
		"model.intermediateSize=48",
		"model.maxPositions=256",
		"data.sequenceLength=64",
		"schedule.warmupSteps=5",
		"evaluation.rows=4",
		"evaluation.finalRows=4",
		"evaluation.everySteps=20",
		"checkpoint.everySteps=20",
		"train.batchTokens=512",
		`train.budget=${JSON.stringify({ steps })}`,
	]);
	const file = join(folder, "tiny.json");
	writeFileSync(file, JSON.stringify(recipe, null, "\t"));
	return file;
}
