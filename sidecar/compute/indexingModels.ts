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

interface Held {
	readonly embedder: Promise<CodeEmbedder>;
	/** Calls that are under way. */
	calls: number;
	idle: NodeJS.Timeout | undefined;
}

/**
 * Holds the models that make vectors, with half of the cores and two at least, each until it was not used for a while:
 * folders that are indexed in turn may have different ones.
 */
export class IndexingModels {
	readonly #held = new Map<string, Held>();

	/** The model of a folder, opened anew when its weights were written since. */
	async open(folder: string, size = "large"): Promise<OpenModel> {
		const key = `${folder} ${writtenAt(folder)} ${size}`;
		const use = <T>(work: (embedder: CodeEmbedder) => T | Promise<T>): Promise<T> =>
			this.#use(key, () => openOnCores(folder, size), work);
		const { identity, dimension, isLargest, size: own } = await use((embedder) => embedder);
		return {
			model: { name: modelName(folder), folder, identity, dimension, ...(isLargest ? {} : { size: own }) },
			embed: (texts) =>
				use((embedder) => {
					if (embedder.identity !== identity) throw written(folder);
					return embedder.embed(texts);
				}),
		};
	}

	/** A model that fails is opened anew the next time. */
	async #use<T>(
		key: string,
		open: () => Promise<CodeEmbedder>,
		work: (embedder: CodeEmbedder) => T | Promise<T>,
	): Promise<T> {
		const held: Held = this.#held.get(key) ?? { embedder: open(), calls: 0, idle: undefined };
		this.#held.set(key, held);
		clearTimeout(held.idle);
		held.calls++;
		try {
			return await work(await held.embedder);
		} catch (error) {
			await this.#forget(key, held);
			throw error;
		} finally {
			if (--held.calls === 0) held.idle = setTimeout(() => void this.#forget(key, held), keptFor).unref();
		}
	}

	async #forget(key: string, held: Held): Promise<void> {
		if (this.#held.get(key) === held) this.#held.delete(key);
		const embedder = await held.embedder.catch(() => undefined); // what is wrong was told to who opened it
		await embedder?.release();
	}
}

function written(folder: string): MaskwrightError {
	return new MaskwrightError(
		"modelInvalid",
		`The model in ${folder} was written while it made vectors. Index the folder again.`,
	);
}

/** A small model is held by a thread for each core, which is faster than a run on all of them; a large one once. */
function openOnCores(folder: string, size: string): Promise<CodeEmbedder> {
	const half = Math.max(1, availableParallelism() >> 1);
	const weights = statSync(join(folder, modelFiles.weights), { throwIfNoEntry: false });
	const once = weights === undefined || weights.size > largestTwice; // an adapter's model may be of any size
	const options = { executionProvider: "cpu", threads: once ? half : 1, size } as const;
	return openEmbedderThreads(folder, options, once ? 1 : Math.max(2, Math.min(half, mostThreads)));
}

function writtenAt(folder: string): number {
	const times = [modelFiles.weights, adapterFiles.weights].map((name) => {
		return statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
	});
	return Math.max(...times);
}
