/** The files beside `tokenizer.json` that transformers and transformers.js read. */
import type { NewFile } from "../../store/newFolder.ts";
import { type SpecialRole, specialRoles, type Tokenizer } from "../../tokenizer/tokenizer.ts";

/** What transformers calls the parts that special tokens play; the first and the last token of a text have two names. */
const attributes: Readonly<Record<SpecialRole, readonly string[]>> = {
	cls: ["bos_token", "cls_token"],
	sep: ["eos_token", "sep_token"],
	mask: ["mask_token"],
	pad: ["pad_token"],
	unk: ["unk_token"],
};

/** `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`; longer texts are cut to `maxTokens`. */
export function tokenizerFiles(tokenizer: Tokenizer, maxTokens: number): NewFile[] {
	const json = tokenizer.toJSON() as { readonly added_tokens?: readonly AddedToken[] };
	const special = specialTokens(tokenizer);
	const config = {
		added_tokens_decoder: Object.fromEntries((json.added_tokens ?? []).map(({ id, ...token }) => [id, token])),
		clean_up_tokenization_spaces: false, // would change the blanks of decoded code
		...special,
		// Token types would be fed to encoders that have none.
		model_input_names: ["input_ids", "attention_mask"],
		model_max_length: maxTokens,
		// Takes all from tokenizer.json, where a class of one architecture would set its own normaliser and pattern.
		tokenizer_class: "PreTrainedTokenizerFast",
	};
	return [
		jsonFile("tokenizer.json", json),
		jsonFile("tokenizer_config.json", config),
		jsonFile("special_tokens_map.json", special),
	];
}

interface AddedToken {
	readonly id: number;
	readonly content: string;
}

function specialTokens(tokenizer: Tokenizer): Record<string, string> {
	const found: Record<string, string> = {};
	for (const role of specialRoles) {
		const id = tokenizer.specialId(role);
		if (id === undefined) continue;
		for (const attribute of attributes[role]) found[attribute] = tokenizer.token(id);
	}
	return found;
}

/** A file of JSON, indented for people. */
export function jsonFile(path: string, value: unknown): NewFile {
	return { path, data: `${JSON.stringify(value, undefined, 2)}\n` };
}
