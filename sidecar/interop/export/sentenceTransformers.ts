/** The files by which sentence-transformers makes a sentence embedding of a folder of transformers. */
import type { NewFile } from "../../store/newFolder.ts";
import type { ModelToExport } from "./modelToExport.ts";
import { jsonFile } from "./tokenizerFiles.ts";

/** Why sentence-transformers can't make the same vectors, or undefined where it can. */
export function whyNoSentenceTransformer({ config, embedding }: ModelToExport): string | undefined {
	if (embedding.text === "words") return "it reads the stems of a text's words, not the text";
	if (embedding.pooling === "weighted") return "it weighs each token by a learned query";
	if (embedding.repeatDamping !== 0) return "it counts a token less each time that it comes again";
	const units = embedding.sizes?.[0]?.[1] ?? config.hiddenSize;
	if (units < config.hiddenSize) return `its vector is the first ${units} of ${config.hiddenSize} units`;
	return undefined;
}

/** The mean over the tokens or the first of them, scaled to length 1: what `whyNoSentenceTransformer` has nothing against. */
export function sentenceTransformerFiles({ config, embedding }: ModelToExport): NewFile[] {
	const modules = ["Transformer", "Pooling", "Normalize"].map((name, idx) => ({
		idx,
		name: String(idx),
		path: idx === 0 ? "" : `${idx}_${name}`,
		type: `sentence_transformers.models.${name}`,
	}));
	const tokens = Math.min(config.maxPositions, Math.max(embedding.queryTokens, embedding.codeTokens));
	return [
		jsonFile("modules.json", modules),
		jsonFile("sentence_bert_config.json", { max_seq_length: tokens, do_lower_case: false }),
		jsonFile("config_sentence_transformers.json", {
			prompts: {},
			default_prompt_name: null,
			similarity_fn_name: "cosine",
		}),
		jsonFile("1_Pooling/config.json", {
			word_embedding_dimension: config.hiddenSize,
			pooling_mode_cls_token: embedding.pooling === "first",
			pooling_mode_mean_tokens: embedding.pooling === "mean",
			pooling_mode_max_tokens: false,
			pooling_mode_mean_sqrt_len_tokens: false,
		}),
	];
}
