/** A thread of the indexing process that holds the model which makes the vectors. */
import { parentPort, workerData } from "node:worker_threads";
import { openEmbedder } from "../inference/embedder.ts";
import type { EmbeddingThreadData, FromEmbedding, ToEmbedding } from "./embedderThread.ts";
import { failureOf } from "./failure.ts";

const { folder, options } = workerData as EmbeddingThreadData;
const opened = openEmbedder(folder, options);
opened.then(
	({ identity, dimension, size, isLargest }) =>
		tell({ type: "opened", about: { identity, dimension, size, isLargest } }),
	(error: unknown) => tell({ type: "refused", failure: failureOf(error) }),
);

parentPort?.on("message", async ({ id, texts }: ToEmbedding) => {
	try {
		const vectors = await (await opened).embed("code", texts);
		tell({ type: "vectors", id, vectors });
	} catch (error) {
		tell({ type: "failed", id, failure: failureOf(error) });
	}
});

function tell(message: FromEmbedding): void {
	parentPort?.postMessage(message);
}
