import { MaskwrightError } from "../base/errors.ts";
import { type TrainedBpe, trainBpe } from "./bpeTrainer.ts";
import { byteCharacters } from "./byteLevel.ts";
import { loadTokenizer } from "./loadTokenizer.ts";
import { codeAcrossLines, codeLines, type SplitPattern } from "./splitPatterns.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** How a byte-level vocabulary is trained. */
export interface ByteLevelBpeOptions {
	/** All pieces: special tokens, the 256 bytes, and as many merges as are left. */
	readonly vocabularySize: number;
	/** Whether texts that support fewer pieces get as many as they support, in place of an error; false by default. */
	readonly fits?: boolean;
	/** In the order of their ids from 0. RoBERTa's by default, so that its models and ours agree. */
	readonly specialTokens?: readonly string[];
	/** A pair that occurs less often is not merged; 2 by default, as one occurrence is no pattern. */
	readonly minFrequency?: number;
	/** Whether a piece may hold a line break together with the blanks around it; false by default. */
	readonly acrossLines?: boolean;
}

/** The special tokens of RoBERTa, in its order. */
export const robertaSpecialTokens: readonly string[] = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

/**
 * Trains byte-level byte-pair encoding on texts; the same texts in the same order give the same tokenizer. Throws
 * `vocabularyTooLarge` (with `data.largest`) when the texts support fewer pieces and nothing is to fit, and `recipeInvalid` for options
 * that contradict each other.
 */
export function trainByteLevelBpe(texts: Iterable<string>, options: ByteLevelBpeOptions): Tokenizer {
	const specialTokens = options.specialTokens ?? robertaSpecialTokens;
	const { vocabularySize, minFrequency = 2, acrossLines = false, fits = false } = options;
	checkOptions(vocabularySize, specialTokens, minFrequency);
	const split = acrossLines ? codeAcrossLines : codeLines;
	const trained = trainBpe(texts, { vocabularySize, fits, specialTokens, minFrequency, split });
	return loadTokenizer(tokenizerJson(trained, specialTokens, split));
}

function checkOptions(vocabularySize: number, specialTokens: readonly string[], minFrequency: number): void {
	const smallest = specialTokens.length + 256;
	if (!Number.isInteger(vocabularySize) || vocabularySize < smallest || vocabularySize > 2 ** 20) {
		refuse(`vocabularySize must be a whole number from ${smallest} (the special tokens and 256 bytes) to ${2 ** 20}`);
	}
	if (!Number.isInteger(minFrequency) || minFrequency < 1) refuse("minFrequency must be a whole number from 1 on");
	if (new Set(specialTokens).size < specialTokens.length) refuse("no special token may be named twice");
	for (const token of specialTokens) {
		if (token === "" || token.length > 256 || /\p{Surrogate}/u.test(token) || byteCharacters.includes(token)) {
			refuse(`a special token must be text of 2 to 256 characters, which ${JSON.stringify(token)} is not`);
		}
	}
}

function refuse(rule: string): never {
	throw new MaskwrightError("recipeInvalid", `The tokenizer cannot be trained: ${rule}. Change it in the recipe.`);
}

/** A `tokenizer.json`; `unknown` is the token for a byte that the vocabulary lacks. */
export function tokenizerJson(
	trained: Pick<TrainedBpe, "tokens" | "merges">,
	specialTokens: readonly string[],
	split: SplitPattern,
	{ unknown = null }: { readonly unknown?: string | null } = {},
): unknown {
	return {
		version: "1.0",
		truncation: null,
		padding: null,
		added_tokens: specialTokens.map((content, id) => ({
			id,
			content,
			single_word: false,
			lstrip: false,
			rstrip: false,
			normalized: false,
			special: true,
		})),
		normalizer: null,
		pre_tokenizer: {
			type: "Sequence",
			pretokenizers: [
				{ type: "Split", pattern: { Regex: split.pattern }, behavior: "Isolated", invert: false },
				{ type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
			],
		},
		post_processor: postProcessor(specialTokens),
		decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
		model: {
			type: "BPE",
			dropout: null,
			unk_token: unknown,
			continuing_subword_prefix: null,
			end_of_word_suffix: null,
			fuse_unk: false,
			byte_fallback: false,
			ignore_merges: false,
			// fromEntries defines own properties, so that a piece spelled "__proto__" is one like the others.
			vocab: Object.fromEntries(trained.tokens.map((token, id) => [token, id])),
			merges: trained.merges,
		},
	};
}

function postProcessor(specialTokens: readonly string[]): unknown {
	const byteLevel = { add_prefix_space: false, trim_offsets: false };
	const cls = specialTokens.indexOf("<s>");
	const sep = specialTokens.indexOf("</s>");
	if (cls < 0 || sep < 0) return { type: "ByteLevel", ...byteLevel, use_regex: false };
	return { type: "RobertaProcessing", sep: ["</s>", sep], cls: ["<s>", cls], ...byteLevel };
}
