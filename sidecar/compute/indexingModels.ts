import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import type { IndexModel } from "../search/index/chunkIndex.ts";
import type { OpenModel } from "../search/index/folderModel.ts";
import { boxedModel, knownFolder } from "../store/boxedModels.ts";
import { adapterFiles, modelFiles } from "../store/layout.ts";
import { modelName } from "../store/modelFolder.ts";
import { findModel, listModels } from "../store/models.ts";
import { type CodeEmbedder, openEmbedderThreads } from "./embedderThread.ts";
import { withSwitchedAdapter } from "./switchedAdapter.ts";

/** How long a model stays in memory after its last use, in milliseconds. */
const keptFor = 60_000;

/**
 * The folder of the model that embeds an index: the one that is named, else the one that the index has, else the
 * user's newest that was trained for search, else the one in the box; unless it is named with the adapter that is
 * switched to. Throws `notFound` for a name that is unknown, and when there is none.
 */
export function chooseSearchModel(options: { name?: string; before: IndexModel | null; home?: string }): string {
	const { name, before, home } = options;
	const at = home === undefined ? {} : { home };
	if (name !== undefined) return findModel(name, at);
	const same = before === null ? undefined : knownFolder(before);
	if (same !== undefined) return withSwitchedAdapter(same, at);
	const forSearch = listModels(at).filter(({ roles, boxed }) => roles.includes("search") && !boxed);
	const newest = forSearch.sort((a, b) => writtenAt(b.path) - writtenAt(a.path))[0];
	const found = newest?.path ?? boxedModel("search");
	if (found !== undefined) return withSwitchedAdapter(found, at);
	throw new MaskwrightError(
		"notFound",
		"no model is trained for search yet. Train one: Maskwright: Train for Search on This Workspace, or maskwright train FOLDER --recipe code-search.",
	);
}

/** More threads than this would wait for the one that writes the index. */
const mostThreads = 4;

/** A model whose weights are larger, in bytes, is in memory once. */
const largestTwice = 64 * 2 ** 20;

/** Holds the one model in memory that makes vectors, with half of the cores and two at least. */
export class IndexingModels {
	#held: { readonly key: string; readonly embedder: Promise<CodeEmbedder> } | undefined;
	#idle: NodeJS.Timeout | undefined;

	/** The model of a folder, opened anew when its weights were written since. */
	async open(folder: string, size = "large"): Promise<OpenModel> {
		const key = `${folder} ${writtenAt(folder)} ${size}`;
		if (this.#held?.key !== key) {
			await this.release();
			this.#held = { key, embedder: openOnCores(folder, size) };
		}
		this.#keep();
		const embedder = await this.#held.embedder;
		const { identity, dimension } = embedder;
		const part = embedder.isLargest ? {} : { size: embedder.size };
		return {
			model: { name: modelName(folder), folder, identity, dimension, ...part },
			embed: (texts) => {
				this.#keep();
				return embedder.embed(texts);
			},
		};
	}

	async release(): Promise<void> {
		clearTimeout(this.#idle);
		const held = this.#held;
		this.#held = undefined;
		const embedder = await held?.embedder.catch(() => undefined); // what is wrong was told to who opened it
		await embedder?.release();
	}

	#keep(): void {
		clearTimeout(this.#idle);
		this.#idle = setTimeout(() => void this.release(), keptFor).unref();
	}
}

/** A small model is held by a thread for each core, which is faster than a run on all of them; a large one once. */
function openOnCores(folder: string, size: string): Promise<CodeEmbedder> {
	const half = Math.max(1, availableParallelism() >> 1);
	const bytes = statSync(join(folder, modelFiles.weights), { throwIfNoEntry: false })?.size ?? 0;
	const once = bytes > largestTwice;
	const options = { executionProvider: "cpu", threads: once ? half : 1, size } as const;
	return openEmbedderThreads(folder, options, once ? 1 : Math.max(2, Math.min(half, mostThreads)));
}

function writtenAt(folder: string): number {
	const times = [modelFiles.weights, adapterFiles.weights].map((name) => {
		return statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
	});
	return Math.max(...times);
}
