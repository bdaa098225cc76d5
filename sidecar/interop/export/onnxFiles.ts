/** A model as the folder that transformers.js and onnxruntime run without us. */
import { cardFile } from "./card.ts";
import type { FilesToWrite } from "./filesToWrite.ts";
import type { ModelToExport } from "./modelToExport.ts";
import { detectorGraph, embeddingGraph, fillMaskGraph, requireOneFile } from "./onnx/graphs.ts";
import { jsonFile, tokenizerFiles } from "./tokenizerFiles.ts";
import { graphConfig } from "./transformersConfig.ts";

/**
 * The configuration, the tokenizer's files, a card, and under `onnx/` the graphs: `model.onnx` gives logits where the
 * model predicts tokens, with `embedding.onnx` beside it; else `model.onnx` gives the vectors. `detector.onnx` tells
 * replaced tokens, of a model with a detector.
 * Throws `modelInvalid` for weights beyond 2 GB.
 */
export function onnxFiles(model: ModelToExport): FilesToWrite {
	requireOneFile(model.specs);
	const { embedding, predicts, detector, config } = model;
	const words = embedding.text === "words";
	const notes = words
		? [
				"Its vectors are made of the stems of a text's words (`getUserNames` reads as ` get user name`), which Maskwright finds before the tokenizer; the graph takes the ids of those.",
			]
		: [];
	return {
		notes,
		*files() {
			yield jsonFile("config.json", graphConfig(model));
			yield* tokenizerFiles(model.tokenizer, config.maxPositions);
			yield cardFile(model, { library: "transformers.js", use: use(model), notes });
			if (predicts) yield { path: "onnx/model.onnx", data: fillMaskGraph(model) };
			if (detector !== undefined) yield { path: "onnx/detector.onnx", data: detectorGraph(model) };
			yield { path: `onnx/${predicts ? "embedding" : "model"}.onnx`, data: embeddingGraph(model, embedding) };
		},
	};
}

function use({ predicts, tokenizer, embedding, detector }: ModelToExport): string {
	const detects =
		detector === undefined
			? ""
			: ` \`onnx/detector.onnx\` gives \`logits\` and \`probabilities\` [batch, length] that each token was replaced; above ${detector.threshold} Maskwright calls it suspicious.`;
	const vectors = `const extract = await pipeline("feature-extraction", ".", { dtype: "fp32"${predicts ? `, model_file_name: "embedding"` : ""} });
const hidden = await extract("def load(path): ...");`;
	const fill = `const fill = await pipeline("fill-mask", ".", { dtype: "fp32" });
await fill("for item in ${predicts ? tokenizer.maskToken : ""}:");
`;
	const pooled =
		embedding.pooling === "mean" && embedding.repeatDamping === 0
			? "the mean over the tokens"
			: "its learned mean over the tokens";
	return `\`\`\`js
import { env, pipeline } from "@huggingface/transformers";
env.allowRemoteModels = false;
${predicts ? fill : ""}${vectors}
\`\`\`

The graphs take \`input_ids\` and \`attention_mask\` (int64, any batch and length). ${predicts ? "`onnx/model.onnx` gives `logits`, `onnx/embedding.onnx`" : "`onnx/model.onnx`"} gives \`last_hidden_state\` and \`sentence_embedding\`, ${pooled} scaled to length 1.${detects}`;
}
