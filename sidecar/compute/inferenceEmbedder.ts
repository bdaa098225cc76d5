import { availableParallelism } from "node:os";
import { type Embedder, openEmbedder } from "../inference/embedder.ts";
import type { ExecutionProvider } from "../session/session.ts";
import type { EmbedRequest, EmbedResult, ModelVersion } from "./inferenceMessages.ts";

interface HeldEmbedder {
	readonly key: string;
	readonly embedder: Embedder;
}

/** Answers requests to embed; it holds one model, beside that of the fills, since search often has one of its own. */
export function createEmbedAnswers(executionProvider: ExecutionProvider) {
	let held: Promise<HeldEmbedder> | undefined;

	function hold({ folder, version }: ModelVersion, size: string | undefined): Promise<HeldEmbedder> {
		const before = held;
		const key = JSON.stringify([folder, version, size ?? null]);
		held = (async () => {
			const current = await before?.catch(() => undefined);
			if (current?.key === key) return current;
			await current?.embedder.release();
			const options = { executionProvider, threads: availableParallelism() };
			const embedder = await openEmbedder(folder, { ...options, ...(size === undefined ? {} : { size }) });
			return { key, embedder };
		})();
		return held;
	}

	return async (model: ModelVersion, request: EmbedRequest, signal: AbortSignal): Promise<EmbedResult> => {
		const { embedder } = await hold(model, request.size);
		const { dimension, identity } = embedder;
		return { vectors: await embedder.embed(request.as, request.texts, { signal }), dimension, identity };
	};
}
