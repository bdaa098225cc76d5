import type { Asked, CodeSearchToExtension, codeSearchRequests } from "../../sidecar/protocol/panels/codeSearch.ts";
import type { Duplicates, SearchResult } from "../../sidecar/protocol/search.ts";
import type { PanelPort } from "../host/port.ts";

export type CodeSearchPort = PanelPort<(typeof codeSearchRequests)[number], CodeSearchToExtension>;

/** Cosine distance of vectors below which code is nearly the same: a name or two were changed. */
const nearlySame = 0.08;

/** A result with the folder that its path counts from. */
export type FoundResult = SearchResult & { readonly folder: string };

export type FoundCluster = Duplicates["clusters"][number] & { readonly folder: string };

/** What was found for what was asked; clusters for near-duplicates, results for all else. */
export interface Found {
	readonly asked: Asked;
	readonly results: readonly FoundResult[];
	readonly clusters: readonly FoundCluster[];
	/** Why words alone were searched, though an index has vectors. */
	readonly notice: string | undefined;
	/** Whether there are larger vectors that have not ranked these yet. */
	readonly rough: boolean;
}

interface Question {
	readonly folders: readonly string[];
	readonly top: number;
	/** Whether the vectors of the index are enough, though the model makes larger ones. */
	readonly rough: boolean;
}

interface AskingOptions {
	readonly port: Pick<CodeSearchPort, "request">;
	found(found: Found): void;
	failed(message: string): void;
}

/**
 * Asks the sidecar about folders. A question takes the place of the one before, whose answer is cancelled and never
 * told, so that what is shown always answers the last question.
 */
export class Asking {
	#options: AskingOptions;
	#underWay: AbortController | undefined;

	constructor(options: AskingOptions) {
		this.#options = options;
	}

	/** Whether an answer is awaited. */
	get busy(): boolean {
		return this.#underWay !== undefined;
	}

	/** Takes the question back. */
	stop(): void {
		this.#underWay?.abort();
		this.#underWay = undefined;
	}

	async ask(asked: Asked, { folders, top, rough }: Question): Promise<void> {
		this.stop();
		const controller = new AbortController();
		this.#underWay = controller;
		const answers = await Promise.allSettled(
			folders.map((folder) => askFolder(this.#options.port, { asked, folder, top, rough, signal: controller.signal })),
		);
		if (controller.signal.aborted) return;
		this.#underWay = undefined;
		const given = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
		const failure = answers.find((answer) => answer.status === "rejected");
		if (given.length === 0 && failure !== undefined) this.#options.failed(sentence(failure.reason));
		else this.#options.found(merge(asked, given, top));
	}
}

type Answer = Omit<Found, "asked">;

interface AskedOf {
	readonly asked: Asked;
	readonly folder: string;
	readonly signal: AbortSignal;
}

async function askFolder(
	port: AskingOptions["port"],
	{ asked, folder, top, rough: hasty, signal }: Omit<Question, "folders"> & AskedOf,
): Promise<Answer> {
	if (asked.kind === "duplicates") {
		const { clusters } = await port.request("nearDuplicates", { folder, threshold: nearlySame }, signal);
		return {
			results: [],
			clusters: clusters.map((cluster) => ({ ...cluster, folder })),
			notice: undefined,
			rough: false,
		};
	}
	const {
		results,
		notice,
		rough = false,
	} = await (asked.kind === "query"
		? port.request("search", { folder, query: asked.text, top, rough: hasty }, signal)
		: port.request("searchLike", { ...likeParams(asked.like, folder), folder, top }, signal));
	return { results: results.map((result) => ({ ...result, folder })), clusters: [], notice, rough };
}

function likeParams({ text, language, at, folder: own }: Extract<Asked, { kind: "like" }>["like"], folder: string) {
	return {
		text,
		...(language === null ? {} : { language }),
		...(at === null || own !== folder ? {} : { exclude: at }),
	};
}

/** Folders are merged by score: it comes from ranks, which mean the same in each. */
function merge(asked: Asked, answers: readonly Answer[], top: number): Found {
	const results = answers.flatMap((answer) => answer.results);
	const clusters = answers.flatMap((answer) => answer.clusters);
	if (answers.length > 1) {
		results.sort((one, other) => other.score - one.score);
		clusters.sort((one, other) => one.distance - other.distance);
	}
	const notice = answers.find((answer) => answer.notice !== undefined)?.notice;
	const rough = answers.some((answer) => answer.rough);
	return { asked, results: results.slice(0, top), clusters, notice, rough };
}

export function sentence(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
