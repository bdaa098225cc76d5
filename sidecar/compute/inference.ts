/** The inference process: holds one model, answers with it, and is gone as soon as its parent is. */
import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { isError } from "../base/errors.ts";
import { openAdapter } from "../inference/adapters.ts";
import { counted, type ModelUse } from "../inference/countedModel.ts";
import { type LoadedModel, openModel, withAdapter } from "../inference/loadedModel.ts";
import { likelyShapes } from "../inference/scoreLengths.ts";
import type { ScorerInputs, ScorerShape } from "../inference/scorer.ts";
import { modelName } from "../store/modelFolder.ts";
import { endWithParent } from "./endWithParent.ts";
import { answerRequest } from "./inferenceAnswers.ts";
import { createEmbedAnswers } from "./inferenceEmbedder.ts";
import type { FromInference, InferenceRequest, ModelVersion, Outcome, ToInference } from "./inferenceMessages.ts";
import type { AskedModel } from "./inspectAnswers.ts";

const executionProvider = "cpu";
const open = { executionProvider, threads: availableParallelism() } as const;

/** Sessions that are opened before they are needed, as many as a model keeps. */
const warmShapes = 4;

interface HeldModel extends ModelVersion {
	/** What answers: the base itself, or with an adapter. */
	readonly model: LoadedModel;
	/** The base, whose weights stay in memory while its adapters come and go. */
	readonly loaded: LoadedModel;
	/** Shapes whose sessions are still to be opened. */
	readonly cold: ScorerShape[];
}

const answerEmbed = createEmbedAnswers(executionProvider);

const underWay = new Map<number, AbortController>();
let held: Promise<HeldModel> | undefined;

// The terminal sends Ctrl-C to every process of the group: the parent decides what it means.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
// A model that is being loaded or run blocks this thread, and the one above waits for it.
endWithParent(Number(process.argv[2]), 500);
process.on("message", (message: ToInference) => {
	if (message.type === "cancel") underWay.get(message.id)?.abort();
	else if (message.type === "ask") void answer(message.id, message.asked);
	else void hold(message.model).then(warmUp, () => {}); // what is wrong is told to the first request
});

async function answer(id: number, asked: InferenceRequest): Promise<void> {
	const abort = new AbortController();
	underWay.set(id, abort);
	const use = { runs: 0, milliseconds: 0 };
	let outcome: Outcome;
	try {
		const result =
			asked.kind === "embed"
				? await answerEmbed(asked.model, asked.request, abort.signal)
				: await answerRequest(await askedModel(asked.model, use), asked, abort.signal);
		outcome = { type: "answered", result };
	} catch (error) {
		const cause = error instanceof Error ? error : new Error(String(error));
		const name = isError(error) ? error.name : "internal";
		outcome = { type: "failed", name, message: cause.message, stack: cause.stack ?? "" };
	}
	underWay.delete(id);
	tell({ type: "settled", id, outcome, model: use, memoryBytes: process.memoryUsage.rss() });
	await warmUp();
}

async function askedModel(version: ModelVersion, use: ModelUse): Promise<AskedModel> {
	const { model, folder } = await hold(version);
	return { name: modelName(folder), model: counted(model, use), open };
}

/** The model asked for, in place of the one held. The parent asks for another only when nothing is under way. */
function hold(wanted: ModelVersion): Promise<HeldModel> {
	const before = held;
	const loading = (async () => {
		const current = await before?.catch(() => undefined);
		if (current?.folder === wanted.folder && current.version === wanted.version) return current;
		const loaded = await baseOf(wanted, current);
		const adapter = wanted.base === undefined ? undefined : openAdapter(wanted.folder, loaded.config);
		const model = adapter === undefined ? loaded : withAdapter(loaded, adapter);
		const { maskToken } = model.tokenizer;
		const notice = { folder: wanted.folder, executionProvider, maskToken } as const;
		tell({ type: "loaded", notice, memoryBytes: process.memoryUsage.rss() });
		return { ...wanted, model, loaded, cold: likelyShapes(model.sequenceLength).slice(0, warmShapes) };
	})();
	held = loading;
	return loading;
}

/** The model under what is wanted: the one in memory where it is that already, else read from its folder. */
async function baseOf(wanted: ModelVersion, current: HeldModel | undefined): Promise<LoadedModel> {
	const { folder, version } = wanted.base ?? wanted;
	const held = current?.base ?? current;
	if (current !== undefined && held?.folder === folder && held.version === version) {
		if (current.model !== current.loaded) await current.model.release();
		return current.loaded;
	}
	if (current !== undefined && current.model !== current.loaded) await current.model.release();
	await current?.loaded.release();
	return openModel(folder, open);
}

/** Opens the sessions that are likely to be needed, one after the other, while nothing is asked. */
async function warmUp(): Promise<void> {
	while (underWay.size === 0) {
		const { model, cold } = (await held?.catch(() => undefined)) ?? {};
		const shape = cold?.shift();
		if (model === undefined || shape === undefined) return;
		try {
			await (await model.scorer(shape)).score(blankInputs(shape));
		} catch {
			return; // another model took its place, or the request that needs this shape will tell
		}
		await setImmediate(); // lets a request in
	}
}

function blankInputs({ rows, sequenceLength, maskedRows }: ScorerShape): ScorerInputs {
	return {
		inputIds: new Int32Array(rows * sequenceLength),
		segments: new Int32Array(rows * sequenceLength),
		positions: new Int32Array(rows * sequenceLength),
		maskedPositions: new Int32Array(maskedRows),
	};
}

function tell(message: FromInference): void {
	if (process.connected) process.send?.(message);
}
