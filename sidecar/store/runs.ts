import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { isError, MaskwrightError } from "../base/errors.ts";
import { atStorage, readText, removeLeftovers, replacedBeside, writeFileAtomic } from "./atomic.ts";
import { checkpointSteps } from "./checkpoints.ts";
import { homeLayout, runLayout } from "./layout.ts";
import { type MetricsLine, readMetrics } from "./metrics.ts";
import { readRegularFile } from "./regularFile.ts";
import { lockRun, runHolder } from "./runLock.ts";

export type RunState = "running" | "done" | "paused" | "diverged" | "interrupted" | "new";

/** What a list of runs shows of one. */
export interface RunSummary {
	readonly run: string;
	readonly path: string;
	readonly recipe: string;
	readonly state: RunState;
	readonly step: number;
	/** Mean loss over the last step, or null before the first. */
	readonly loss: number | null;
	/** The last evaluation on held-out documents, or null before the first. */
	readonly heldOut: Readonly<Record<string, unknown>> | null;
}

/**
 * Makes sure that a new run could be written to `path`, without writing: the folder is missing or empty. Throws
 * `usage` otherwise.
 */
export function checkRunFolder(path: string): void {
	if (!existsSync(path)) return;
	if (!statSync(path).isDirectory()) {
		throw new MaskwrightError("usage", `${path} is a file. Name a new folder with --out.`);
	}
	if (atStorage(path, () => readdirSync(path)).length === 0) return;
	const goOn = existsSync(runLayout(path).recipe) ? `, or go on with that run: maskwright resume ${path}` : "";
	throw new MaskwrightError("usage", `${path} exists and is not empty. Name a new folder with --out${goOn}.`);
}

/**
 * Makes the folder of a new run and saves its resolved recipe: in `out`, or else in the user's folder under
 * `name` and the first free number. Returns its path. Throws `usage` or `storage`.
 */
export function createRun(name: string, recipe: unknown, { out, home }: { out?: string; home?: string } = {}): string {
	const path = out === undefined ? numberedFolder(homeLayout(home).runs, name) : resolve(out);
	if (out !== undefined) {
		checkRunFolder(path);
		atStorage(path, () => mkdirSync(path, { recursive: true }));
	}
	saveRunRecipe(path, recipe);
	if (out !== undefined) remember(path, home);
	return path;
}

/** Writes the recipe that a run goes on with. Throws `storage`. */
export function saveRunRecipe(path: string, recipe: unknown): void {
	writeFileAtomic(runLayout(path).recipe, `${JSON.stringify(recipe, undefined, "\t")}\n`);
}

/** Bytes; a resolved recipe has some 3,000. */
const largestRecipe = 1 << 20;

/** The recipe that a run was made with. Throws `notFound` or `recipeInvalid`. */
export function readRunRecipe(path: string): unknown {
	const file = runLayout(path).recipe;
	try {
		return JSON.parse(new TextDecoder().decode(readRegularFile(file, { mostBytes: largestRecipe }))) as unknown;
	} catch (error) {
		if (isError(error, "notFound")) {
			throw new MaskwrightError("notFound", `${path} is not a run: it has no recipe.json. See maskwright runs.`);
		}
		if (!(error instanceof SyntaxError)) throw error;
		throw new MaskwrightError("recipeInvalid", `${file} is not JSON. Put the saved recipe back or start a new run.`, {
			cause: error,
		});
	}
}

/** Whether a folder is that of a run. */
export function isRun(path: string): boolean {
	return existsSync(runLayout(path).recipe);
}

/** The folder of the run that `run` names: a path, or a name in the list of runs. Throws `notFound`. */
export function findRun(run: string, { home }: { home?: string } = {}): string {
	if (isRun(run)) return resolve(run);
	const found = runFolders(home).filter((path) => basename(path) === run);
	if (found.length === 1) return found[0] as string;
	if (found.length > 1) {
		throw new MaskwrightError(
			"usage",
			`There are ${found.length} runs named ${run}: ${found.join(", ")}. Give a path.`,
		);
	}
	throw new MaskwrightError("notFound", `There is no run ${run}. See maskwright runs, or give the path of its folder.`);
}

/** Every run in the user's folder and those that were made elsewhere and are still there, by path. */
export function listRuns({ home }: { home?: string } = {}): RunSummary[] {
	return runFolders(home).map(summarizeRun);
}

/**
 * Removes a run that is listed, with its checkpoints and its model. Its folder goes too, unless it holds something
 * that is not the run's. Throws `notFound` for any other folder and `runLocked` while a process trains it.
 */
export function removeRun(path: string, { home }: { home?: string } = {}): void {
	if (!runFolders(home).includes(path) || !lstatSync(path).isDirectory()) {
		throw new MaskwrightError("notFound", `${path} is none of the runs that are known here; nothing was removed.`);
	}
	const lock = lockRun(path);
	const { recipe, lock: lockFile, run: _run, ...rest } = runLayout(path);
	atStorage(path, () => {
		try {
			for (const entry of Object.values(rest)) rmSync(entry, { recursive: true, force: true });
			removeLeftovers(path);
			rmSync(replacedBeside(rest.model), { recursive: true, force: true });
			// Last, so that a removal that is cut off leaves a run that is still listed.
			rmSync(recipe, { force: true });
		} finally {
			lock.release();
		}
		rmSync(lockFile, { force: true });
		if (readdirSync(path).length === 0) rmdirSync(path);
		rmSync(rememberedIn(path, home), { force: true });
	});
}

/** What `metrics.jsonl`, the checkpoints and the lock say about one run. */
export function summarizeRun(path: string): RunSummary {
	const lines = readMetrics(path) as (MetricsLine & Record<string, unknown>)[];
	const step = lines.findLast((line) => line.event === "step");
	const evaluation = lines.findLast((line) => line.event === "evaluation" || line.event === "done");
	return {
		run: basename(path),
		path,
		recipe: recipeName(path),
		state: runState(path, lines),
		step: step?.step ?? checkpointSteps(path).at(-1) ?? 0,
		loss: typeof step?.["loss"] === "number" ? step["loss"] : null,
		heldOut: evaluation === undefined ? null : heldOutOf(evaluation),
	};
}

function heldOutOf(line: MetricsLine & Record<string, unknown>): Record<string, unknown> {
	if (line.event === "done") return line["heldOut"] as Record<string, unknown>;
	const { event: _event, step: _step, ...heldOut } = line;
	return heldOut;
}

function runState(path: string, lines: readonly MetricsLine[]): RunState {
	if (runHolder(path) !== undefined) return "running";
	const last = lines.findLast(({ event }) => ["run", "step", "done", "paused", "diverged"].includes(event))?.event;
	if (last === "done" || last === "paused" || last === "diverged") return last;
	return last === undefined ? "new" : "interrupted";
}

/** The name of a run's recipe, or `unknown` where it cannot be told. */
export function recipeName(path: string): string {
	try {
		const recipe = readRunRecipe(path);
		if (typeof recipe === "object" && recipe !== null && "name" in recipe && typeof recipe.name === "string") {
			return recipe.name;
		}
	} catch (error) {
		if (!isError(error)) throw error;
	}
	return "unknown";
}

/** The folder of every run in the user's folder and of those elsewhere that are still there, sorted. */
export function runFolders(home?: string): string[] {
	const layout = homeLayout(home);
	const own = names(layout.runs).map((name) => join(layout.runs, name));
	const elsewhere = names(layout.elsewhere).map((name) => rememberedPath(join(layout.elsewhere, name)));
	const all = [...own, ...elsewhere].filter((path) => path !== undefined && existsSync(runLayout(path).recipe));
	return [...new Set(all as string[])].sort();
}

function names(folder: string): string[] {
	return existsSync(folder) ? atStorage(folder, () => readdirSync(folder)).filter((name) => !name.startsWith(".")) : [];
}

function numberedFolder(runs: string, name: string): string {
	return atStorage(runs, () => {
		mkdirSync(runs, { recursive: true });
		for (let number = 1; ; number++) {
			const path = join(runs, `${name.replaceAll(/[^\w.-]+/g, "-")}-${number}`);
			if (existsSync(path)) continue;
			try {
				mkdirSync(path);
				return path;
			} catch (error) {
				// Another process took the number between the look and the call.
				if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
			}
		}
	});
}

/** Notes where a run outside the user's folder is. A user's folder that cannot be written does not stop a run. */
function remember(path: string, home: string | undefined): void {
	try {
		writeFileAtomic(rememberedIn(path, home), JSON.stringify({ path }));
	} catch (error) {
		if (!isError(error, "storage")) throw error;
	}
}

function rememberedIn(path: string, home: string | undefined): string {
	const id = createHash("sha256").update(path).digest("hex").slice(0, 16);
	return join(homeLayout(home).elsewhere, `${id}.json`);
}

function rememberedPath(file: string): string | undefined {
	try {
		const { path } = JSON.parse(readText(file)) as { path?: unknown };
		return typeof path === "string" ? path : undefined;
	} catch {
		return undefined;
	}
}

const baseSchema = z.object({ name: z.string(), sha256: z.string(), folder: z.string().optional() });

/** Notes which model a run trains an adapter on. Throws `storage`. */
export function saveBaseOfRun(path: string, base: z.output<typeof baseSchema>): void {
	writeFileAtomic(runLayout(path).base, `${JSON.stringify(base)}\n`);
}

/** Which model a run trains an adapter on. Throws `checkpointInvalid`. */
export function readBaseOfRun(path: string): z.output<typeof baseSchema> {
	const file = runLayout(path).base;
	try {
		return baseSchema.parse(JSON.parse(readText(file)));
	} catch (cause) {
		const sentence = `${file} does not say which model the run trains an adapter on, so it cannot go on. Train again.`;
		throw new MaskwrightError("checkpointInvalid", sentence, { cause });
	}
}
