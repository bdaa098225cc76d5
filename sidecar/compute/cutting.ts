/** A thread of the indexing process that cuts texts into chunks by their grammars. */
import { parentPort } from "node:worker_threads";
import { chunksBySyntax } from "../search/index/sourceChunks.ts";
import type { FromCutting, ToCutting } from "./cutters.ts";

parentPort?.on("message", ({ id, text, grammar }: ToCutting) => {
	const tell = (message: FromCutting): void => parentPort?.postMessage(message);
	chunksBySyntax(text, grammar).then(
		(chunks) => tell({ id, chunks }),
		() => tell({ id, chunks: undefined }),
	);
});
