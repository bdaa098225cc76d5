/** Runs transformers.js on an exported folder, without us and without a network, and prints what it gives as JSON. */
import { basename, dirname } from "node:path";
import { AutoTokenizer, env, pipeline } from "@huggingface/transformers";

/** What is asked of it, as the one argument. */
export interface TransformersJsRequest {
	readonly folder: string;
	readonly fill: readonly (readonly string[])[];
	readonly extract: readonly (readonly string[])[];
	/** The graph with the hidden states, where it is not `model.onnx`. */
	readonly extractFrom?: string;
}

/** Per batch: what stands under the mask of each text, the ids of each, and its vector. */
export interface TransformersJsAnswer {
	readonly fill: readonly { readonly token: number; readonly score: number }[][][];
	readonly ids: readonly number[][][];
	readonly vectors: readonly number[][][];
}

env.allowRemoteModels = false;
const request = JSON.parse(process.argv[2]!) as TransformersJsRequest;
env.localModelPath = dirname(request.folder);
const model = basename(request.folder);

const answer = { fill: [] as unknown[], ids: [] as unknown[], vectors: [] as unknown[] };
if (request.fill.length > 0) {
	const fill = await pipeline("fill-mask", model, { dtype: "fp32" });
	for (const texts of request.fill) {
		const found = await fill([...texts], { top_k: 1000 });
		answer.fill.push(found.map((list) => list.map(({ token, score }) => ({ token, score }))));
	}
	await fill.dispose();
}
const tokenizer = await AutoTokenizer.from_pretrained(model);
const { extractFrom } = request;
const options = extractFrom === undefined ? {} : { model_file_name: extractFrom };
const extract = await pipeline("feature-extraction", model, { dtype: "fp32", ...options });
for (const texts of request.extract) {
	answer.ids.push(texts.map((text) => tokenizer.encode(text)));
	const vectors = await extract([...texts], { pooling: "mean", normalize: true });
	answer.vectors.push(vectors.tolist());
}
await extract.dispose();
process.stdout.write(`${JSON.stringify(answer)}\n`);
