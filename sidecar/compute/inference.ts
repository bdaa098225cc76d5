/** The inference process: holds one model, answers with it, and is gone as soon as its parent is. */
import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { isError } from "../base/errors.ts";
import { counted } from "../inference/countedModel.ts";
import { fill } from "../inference/fill.ts";
import { type LoadedModel, openModel } from "../inference/loadedModel.ts";
import { likelyShapes } from "../inference/scoreLengths.ts";
import type { ScorerInputs, ScorerShape } from "../inference/scorer.ts";
import { endWithParent } from "./endWithParent.ts";
import type { FillRequest, FromInference, ModelVersion, Outcome, ToInference } from "./inferenceMessages.ts";

const executionProvider = "cpu";

/** Sessions that are opened before they are needed, as many as a model keeps. */
const warmShapes = 4;

interface HeldModel extends ModelVersion {
	readonly model: LoadedModel;
	/** Shapes whose sessions are still to be opened. */
	readonly cold: ScorerShape[];
}

const underWay = new Map<number, AbortController>();
let held: Promise<HeldModel> | undefined;

// The terminal sends Ctrl-C to every process of the group: the parent decides what it means.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
// A model that is being loaded or run blocks this thread, and the one above waits for it.
endWithParent(Number(process.argv[2]), 500);
process.on("message", (message: ToInference) => {
	if (message.type === "cancel") underWay.get(message.id)?.abort();
	else if (message.type === "fill") void answer(message.id, message.request);
	else void hold(message.model).then(warmUp, () => {}); // what is wrong is told to the first request
});

async function answer(id: number, request: FillRequest): Promise<void> {
	const abort = new AbortController();
	underWay.set(id, abort);
	const use = { runs: 0, milliseconds: 0 };
	let outcome: Outcome;
	try {
		const { model } = await hold(request.model);
		const { top, around } = request;
		const options = { top, signal: abort.signal, ...(around === undefined ? {} : { around }) };
		outcome = { type: "filled", result: await fill(counted(model, use), request.text, options) };
	} catch (error) {
		const cause = error instanceof Error ? error : new Error(String(error));
		const name = isError(error) ? error.name : "internal";
		outcome = { type: "failed", name, message: cause.message, stack: cause.stack ?? "" };
	}
	underWay.delete(id);
	tell({ type: "settled", id, outcome, model: use, memoryBytes: process.memoryUsage.rss() });
	await warmUp();
}

/** The model asked for, in place of the one held. The parent asks for another only when nothing is under way. */
function hold(wanted: ModelVersion): Promise<HeldModel> {
	const before = held;
	const loading = (async () => {
		const current = await before?.catch(() => undefined);
		if (current?.folder === wanted.folder && current.version === wanted.version) return current;
		await current?.model.release();
		const model = openModel(wanted.folder, { executionProvider, threads: availableParallelism() });
		const { maskToken } = model.tokenizer;
		const notice = { folder: wanted.folder, executionProvider, maskToken } as const;
		tell({ type: "loaded", notice, memoryBytes: process.memoryUsage.rss() });
		return { ...wanted, model, cold: likelyShapes(model.sequenceLength).slice(0, warmShapes) };
	})();
	held = loading;
	return loading;
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
