/** How a folder of sentence-transformers says that tokens become a vector. */
import { z } from "zod";
import type { Pooling } from "../model/pooling.ts";

/** The pooling of a folder, or why its vectors cannot be made here. */
export type SentencePooling =
	| { readonly pooling: Pooling; readonly longest: number | undefined; readonly notes: readonly string[] }
	| { readonly refused: string };

/** Reads a JSON file of the folder by its path in it; undefined when it is not there. */
export type ReadJson = (path: string) => unknown;

const modulesSchema = z.array(z.looseObject({ path: z.string(), type: z.string() }));
const limitsSchema = z.looseObject({
	max_seq_length: z.int().positive().nullish(),
	do_lower_case: z.boolean().nullish(),
});

/** Modes of pooling in `1_Pooling/config.json`; a mean by the square root of the length has the mean's direction. */
const modes: readonly (readonly [key: string, pooling: Pooling | undefined])[] = [
	["pooling_mode_mean_tokens", "mean"],
	["pooling_mode_mean_sqrt_len_tokens", "mean"],
	["pooling_mode_cls_token", "first"],
	["pooling_mode_max_tokens", undefined],
	["pooling_mode_weightedmean_tokens", undefined],
	["pooling_mode_lasttoken", undefined],
];

/**
 * What `modules.json`, `1_Pooling/config.json` and `sentence_bert_config.json` say; undefined for a folder that is not
 * of sentence-transformers.
 */
export function sentencePooling(readJson: ReadJson): SentencePooling | undefined {
	const list = readJson("modules.json");
	const modules = modulesSchema.safeParse(list ?? []);
	if (!modules.success) return { refused: "its modules.json is not a list of modules" };
	const typed = modules.data.map(({ type, path }) => ({ type: type.split(".").at(-1)!, path }));
	const odd = typed.find(({ type }) => !["Transformer", "Pooling", "Normalize"].includes(type));
	if (odd !== undefined)
		return { refused: `its vectors go through a layer of the kind ${JSON.stringify(odd.type.slice(0, 40))}` };
	const place = typed.find(({ type }) => type === "Pooling")?.path ?? "1_Pooling";
	const config = /^[\w.-]{1,100}$/.test(place) && !place.startsWith(".") ? readJson(`${place}/config.json`) : undefined;
	if (config === undefined) {
		if (list === undefined) return undefined;
		return { refused: "its modules.json names no pooling whose config.json is there" };
	}
	if (typeof config !== "object" || config === null)
		return { refused: "the configuration of its pooling is no object" };
	return poolingOf(config as Readonly<Record<string, unknown>>, readJson);
}

function poolingOf(config: Readonly<Record<string, unknown>>, readJson: ReadJson): SentencePooling {
	const chosen = modes.filter(([key]) => config[key] === true);
	const [mode] = chosen;
	if (mode === undefined || chosen.length > 1) return { refused: "its pooling is not one of the known kinds alone" };
	if (mode[1] === undefined) return { refused: `its pooling is ${mode[0].replace("pooling_mode_", "")}` };
	const limits = limitsSchema.safeParse(readJson("sentence_bert_config.json") ?? {});
	if (!limits.success) return { refused: "its sentence_bert_config.json is not as it should be" };
	if (limits.data.do_lower_case)
		return { refused: "its sentence_bert_config.json lower-cases texts before the tokenizer" };
	const prompts = readJson("config_sentence_transformers.json");
	const hasPrompts =
		typeof prompts === "object" &&
		prompts !== null &&
		"prompts" in prompts &&
		Object.values(prompts.prompts ?? {}).some((prompt) => prompt !== "");
	return {
		pooling: mode[1],
		longest: limits.data.max_seq_length ?? undefined,
		notes: hasPrompts ? ["It names prompts for its queries or documents; none is put before a text here."] : [],
	};
}
