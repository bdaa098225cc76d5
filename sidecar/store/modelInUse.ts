/** Which model answers where none is named. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { writeFileAtomic } from "./atomic.ts";
import { boxedModel } from "./boxedModels.ts";
import { homeLayout } from "./layout.ts";
import { holdsModel, json, type ModelAbout, parseFile, readAbout } from "./modelFolder.ts";

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
export function chosenModel(home: string | undefined): string | undefined {
	const { modelInUse: file } = homeLayout(home);
	if (!existsSync(file)) return undefined;
	const { path } = parseFile(file, "storage") as { path?: unknown };
	return typeof path === "string" && holdsModel(path) ? path : undefined;
}
