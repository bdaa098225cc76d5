import { MaskwrightError } from "../base/errors.ts";
import { createIndexing } from "../compute/startIndexing.ts";
import type { IndexEvent, IndexStatus } from "../protocol/search.ts";
import { findModel } from "../store/models.ts";

export interface IndexListener {
	readonly onEvent: (event: IndexEvent) => void;
	/** Told a sentence when the work waits for something. */
	readonly onMessage: (message: string) => void;
	/** Stops the work; what is done stays. */
	readonly signal: AbortSignal;
}

/**
 * Indexes what has changed in a folder, given by its real path; resolves after `done`. Rejects with `interrupted`
 * once the signal is aborted, and with what went wrong.
 */
export async function indexFolder(
	{ folder, model, size, rebuild }: { folder: string; model?: string; size?: string; rebuild: boolean },
	{ onEvent, onMessage, signal }: IndexListener,
): Promise<void> {
	const chosen = {
		...(model === undefined ? {} : { model: findModel(model) }),
		...(size === undefined ? {} : { size }),
	};
	const started = performance.now();
	let last = "";
	let finish: (end: { status: IndexStatus; made: number }) => void = () => {};
	let fail: (error: MaskwrightError) => void = () => {};
	const end = new Promise<{ status: IndexStatus; made: number }>((resolve, reject) => {
		finish = resolve;
		fail = reject;
	});
	const indexing = createIndexing({
		log: () => {},
		onStatus: (status, made) => {
			if (status.state === "failed") return; // `onFailure` follows
			if (status.state === "ready") return finish({ status, made });
			if (status.message !== null && status.message !== last) onMessage(status.message);
			last = status.message ?? "";
			const { state, files, of, chunks, embedded, secondsLeft } = status;
			onEvent({ event: "progress", state, files, of, chunks, embedded, secondsLeft });
		},
		onFailure: (_folder, error) => fail(error),
	});
	const stop = (): void => fail(new MaskwrightError("interrupted", stopped));
	signal.addEventListener("abort", stop);
	try {
		if (signal.aborted) stop();
		indexing.start({ folder, ...chosen, rebuild, watch: false });
		const { status, made } = await end;
		const { files, chunks, embedded, bytes, model: name, message } = status;
		const seconds = (performance.now() - started) / 1_000;
		const reused = Math.max(0, embedded - made);
		onEvent({ event: "done", files, chunks, embedded: made, reused, bytes, seconds, model: name, message });
	} finally {
		signal.removeEventListener("abort", stop);
		await indexing.stop(folder).catch(() => {}); // after the unit under way
		await indexing.shutdown();
	}
}

const stopped = "Stopped. What is indexed stays and can be searched; the next call goes on with it.";
