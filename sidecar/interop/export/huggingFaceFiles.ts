/** A model as the folder that transformers loads as it is. */
import { encodeSafetensors, type HostTensor } from "../../store/safetensors.ts";
import { cardFile } from "./card.ts";
import { className, detectorNotes, detectorUse } from "./detectorCard.ts";
import type { FilesToWrite } from "./filesToWrite.ts";
import type { ModelToExport } from "./modelToExport.ts";
import { sentenceTransformerFiles, whyNoSentenceTransformer } from "./sentenceTransformers.ts";
import { jsonFile, tokenizerFiles } from "./tokenizerFiles.ts";
import { transformersConfig } from "./transformersConfig.ts";

/**
 * `config.json`, `model.safetensors`, the tokenizer's files and a card; for search also what sentence-transformers
 * needs, where it makes the same vectors. Throws `modelInvalid` where no class of transformers computes the model.
 */
export function huggingFaceFiles(model: ModelToExport): FilesToWrite {
	const config = transformersConfig(model);
	const searches = model.roles.includes("search");
	const why = searches ? whyNoSentenceTransformer(model) : undefined;
	const asSentences = searches && why === undefined;
	const notes = [
		...(why === undefined
			? []
			: [
					`The vectors of its search can't be made by sentence-transformers, because ${why}; the hidden states are the same. Export it with --format onnx for the vectors.`,
				]),
		...detectorNotes(model, config),
	];
	return {
		notes,
		*files() {
			yield jsonFile("config.json", config);
			yield { path: "model.safetensors", data: encodeSafetensors(stateDict(model), { format: "pt" }) };
			yield* tokenizerFiles(model.tokenizer, model.config.maxPositions);
			if (asSentences) yield* sentenceTransformerFiles(model);
			const library = asSentences ? "sentence-transformers" : "transformers";
			yield cardFile(model, { library, use: use(model, config, asSentences), notes });
		},
	};
}

/**
 * The tensors by state-dict name. The decoder's matrix is the token embedding and its bias has one name: transformers
 * ties both (`_tied_weights_keys`), so the second names are missing from the file as they are from its own.
 */
function stateDict({ specs, weights }: ModelToExport): Map<string, HostTensor> {
	return new Map(specs.map(({ name, shape }) => [name, { data: weights.get(name)!, shape }]));
}

function use(model: ModelToExport, config: Record<string, unknown>, asSentences: boolean): string {
	const { predicts, tokenizer } = model;
	if (asSentences) {
		return `\`\`\`python
from sentence_transformers import SentenceTransformer
vectors = SentenceTransformer(".").encode(["parse a configuration file", "def load(path): ..."])
\`\`\``;
	}
	if (predicts) {
		return `\`\`\`python
from transformers import pipeline
pipeline("fill-mask", model=".")("for item in ${tokenizer.maskToken}:")
\`\`\``;
	}
	if (model.detector !== undefined) return detectorUse(model, config);
	const name = className(config);
	return `\`\`\`python
from transformers import AutoTokenizer, ${name}
tokenizer, model = AutoTokenizer.from_pretrained("."), ${name}.from_pretrained(".")
hidden = model(**tokenizer("def load(path): ...", return_tensors="pt")).last_hidden_state
\`\`\``;
}
