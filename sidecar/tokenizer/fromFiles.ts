import { type NamedToken, readNamedTokens, type TokenFlags } from "./namedTokens.ts";
import { pieceType, readSentencePiece } from "./sentencePieceFile.ts";
import { customaryTokens } from "./specialTokens.ts";
import { type SpecialRole, specialRoles } from "./tokenizer.ts";
import { JsonObject, largestVocabulary, parseJson, quote, readIds, refuseFile } from "./tokenizerFile.ts";

/** The files of a tokenizer by their customary names: `vocab.txt`, `merges.txt`, `spm.model` and so on. */
export interface TokenizerFiles {
	readonly tokenizerJson?: string;
	readonly vocabTxt?: string;
	readonly vocabJson?: string;
	readonly mergesTxt?: string;
	readonly tokenizerConfig?: string;
	readonly specialTokensMap?: string;
	readonly addedTokens?: string;
	readonly sentencePiece?: Uint8Array;
}

/**
 * The content of the `tokenizer.json` of a folder in any of Hugging Face's layouts, put together as `transformers`
 * converts its slow tokenizers (`convert_slow_tokenizer.py`): `tokenizer.json` itself; `vocab.txt` (WordPiece);
 * `vocab.json` with `merges.txt` (byte-level BPE); `spm.model` (Unigram) of DeBERTa-v2 and v3. `modelType` is that of `config.json`. A token that plays a part
 * under an uncustomary name has `role` in its `added_tokens` entry. Throws `tokenizerInvalid` with what to do.
 */
export function tokenizerJsonOf(files: TokenizerFiles, modelType: string): unknown {
	const config = optionalFile(files.tokenizerConfig, "tokenizer_config.json");
	const named = readNamedTokens({
		tokenizerConfig: config,
		specialTokensMap: optionalFile(files.specialTokensMap, "special_tokens_map.json"),
		addedTokens: optionalFile(files.addedTokens, "added_tokens.json"),
	});
	if (files.tokenizerJson !== undefined) return withRoles(parseJson(files.tokenizerJson, "tokenizer.json"), named);
	if (files.vocabTxt !== undefined) return wordPiece(files.vocabTxt, named, config);
	if (files.vocabJson !== undefined && files.mergesTxt !== undefined) {
		return byteLevel({ vocab: files.vocabJson, merges: files.mergesTxt }, named, config);
	}
	if (files.sentencePiece !== undefined) return unigram(files.sentencePiece, modelType, { named, config });
	if (files.vocabJson !== undefined) refuseFile("its vocab.json has no merges.txt beside it");
	if (files.mergesTxt !== undefined) refuseFile("its merges.txt has no vocab.json beside it");
	return refuseFile(
		`the folder of this ${quote(modelType)} model has no tokenizer.json, vocab.txt, spm.model, or vocab.json with merges.txt`,
	);
}

function optionalFile(text: string | undefined, name: string): JsonObject | undefined {
	return text === undefined ? undefined : new JsonObject(parseJson(text, name), name);
}

/** `BertConverter`: each line of `vocab.txt` is a token, its number the id. */
function wordPiece(vocabTxt: string, named: readonly NamedToken[], config: JsonObject | undefined): unknown {
	const lines = vocabTxt.split(/\r\n|\r|\n/);
	if (lines.at(-1) === "") lines.pop();
	if (lines.length > largestVocabulary) refuseFile(`its vocab.txt has more than ${largestVocabulary} lines`);
	const ids = new Map(lines.map((token, id) => [token, id]));
	if (ids.size === 0) refuseFile("its vocab.txt is empty");
	const lowercase = config?.boolean("do_lower_case", isUncased(lines)) ?? isUncased(lines);
	const tokens = new SpecialTokenList(ids, named, "wordPiece");
	return {
		...envelope,
		added_tokens: tokens.added,
		normalizer: {
			type: "BertNormalizer",
			clean_text: true,
			handle_chinese_chars: config?.boolean("tokenize_chinese_chars", true) ?? true,
			strip_accents: config?.optionalBoolean("strip_accents") ?? null,
			lowercase,
		},
		pre_tokenizer: { type: "BertPreTokenizer" },
		post_processor: tokens.postProcessor("BertProcessing", {}),
		decoder: { type: "WordPiece", prefix: "##", cleanup: true },
		model: {
			type: "WordPiece",
			unk_token: tokens.nameOf("unk"),
			continuing_subword_prefix: "##",
			max_input_chars_per_word: 100,
			vocab: Object.fromEntries(ids),
		},
	};
}

/** What `do_lower_case` must have been where no file says it: a cased vocabulary has pieces with capitals. */
function isUncased(tokens: readonly string[]): boolean {
	return !tokens.some((token) => /^(##)?[A-Z]/.test(token));
}

/** `RobertaConverter`: `vocab.json` has the ids, each line of `merges.txt` a pair, the first to merge first. */
function byteLevel(
	texts: { readonly vocab: string; readonly merges: string },
	named: readonly NamedToken[],
	config: JsonObject | undefined,
): unknown {
	const ids = readIds(parseJson(texts.vocab, "vocab.json"));
	const lines = texts.merges.split(/\r?\n/);
	if (lines.length > largestVocabulary) refuseFile(`its merges.txt has more than ${largestVocabulary} lines`);
	const merges = lines.filter((line, index) => line !== "" && !(index === 0 && line.startsWith("#version")));
	const tokens = new SpecialTokenList(ids, named, "byteLevel");
	const addPrefixSpace = config?.boolean("add_prefix_space", false) ?? false;
	const flags = { add_prefix_space: addPrefixSpace, trim_offsets: true };
	return {
		...envelope,
		added_tokens: tokens.added,
		normalizer: null,
		pre_tokenizer: { type: "ByteLevel", ...flags, use_regex: true },
		post_processor: tokens.postProcessor("RobertaProcessing", flags),
		decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
		model: {
			type: "BPE",
			dropout: null,
			unk_token: null,
			continuing_subword_prefix: "",
			end_of_word_suffix: "",
			fuse_unk: false,
			byte_fallback: false,
			ignore_merges: false,
			vocab: Object.fromEntries(ids),
			merges,
		},
	};
}

/** `DebertaV2Converter`. Other models number the pieces of their SentencePiece files in ways of their own. */
function unigram(
	bytes: Uint8Array,
	modelType: string,
	{ named, config }: { readonly named: readonly NamedToken[]; readonly config: JsonObject | undefined },
): unknown {
	if (modelType !== "deberta-v2") {
		refuseFile(
			`its SentencePiece file belongs to a ${quote(modelType)} model, and only those of DeBERTa-v2 and v3 are read`,
		);
	}
	const { pieces, unknownId, charsmap } = readSentencePiece(bytes);
	const ids = new Map(pieces.map(({ text }, id) => [text, id]));
	const spelled = new Set(named.map(({ content }) => content));
	const own = pieces
		.map(({ text, type }, id) => ({ content: text, id, type, role: undefined, flags: plainFlags }))
		.filter(
			({ content, type }) => !spelled.has(content) && (type === pieceType.control || type === pieceType.userDefined),
		)
		.map((token) => ({ ...token, special: token.type === pieceType.control }));
	const tokens = new SpecialTokenList(ids, [...named, ...own], "unigram");
	const blank = { replacement: "\u2581", prepend_scheme: "always", split: true };
	const punctuation = config?.boolean("split_by_punct", false) ? [{ type: "Punctuation", behavior: "Isolated" }] : [];
	return {
		...envelope,
		added_tokens: tokens.added,
		normalizer: {
			type: "Sequence",
			normalizers: [
				...(config?.boolean("do_lower_case", false) ? [{ type: "Lowercase" }] : []),
				{ type: "Strip", strip_left: true, strip_right: true },
				...(charsmap.length > 0
					? [{ type: "Precompiled", precompiled_charsmap: Buffer.from(charsmap).toString("base64") }]
					: []),
				{ type: "Replace", pattern: { Regex: " {2,}" }, content: " " },
			],
		},
		pre_tokenizer: { type: "Sequence", pretokenizers: [...punctuation, { type: "Metaspace", ...blank }] },
		post_processor: tokens.postProcessor("BertProcessing", {}),
		decoder: { type: "Metaspace", ...blank },
		model: {
			type: "Unigram",
			unk_id: unknownId,
			vocab: pieces.map(({ text, score }) => [text, score]),
			byte_fallback: false,
		},
	};
}

const envelope = { version: "1.0", truncation: null, padding: null };

/** One entry of `added_tokens`. */
interface AddedEntry extends TokenFlags {
	readonly id: number;
	readonly content: string;
	readonly special: boolean;
	readonly role?: SpecialRole;
}

type Layout = "wordPiece" | "byteLevel" | "unigram";

const plainFlags: TokenFlags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
const bertNames = { unk: "[UNK]", sep: "[SEP]", pad: "[PAD]", cls: "[CLS]", mask: "[MASK]" } as const;

/** The tokens that play each part where no file names others. */
const defaultNames: { readonly [L in Layout]: { readonly [Role in SpecialRole]: string } } = {
	wordPiece: bertNames,
	unigram: bertNames,
	byteLevel: { unk: "<unk>", sep: "</s>", pad: "<pad>", cls: "<s>", mask: "<mask>" },
};

/** The `added_tokens` of a converted tokenizer; a token that has no id yet comes after all others, as in transformers. */
class SpecialTokenList {
	readonly added: readonly AddedEntry[];
	readonly #names: ReadonlyMap<SpecialRole, string>;
	readonly #layout: Layout;

	constructor(ids: ReadonlyMap<string, number>, named: readonly NamedToken[], layout: Layout) {
		this.#layout = layout;
		this.#names = new Map(
			specialRoles.map((role) => [
				role,
				named.find((token) => token.role === role)?.content ?? defaultNames[layout][role],
			]),
		);
		const known = new Set(named.map((token) => token.content));
		const unnamed = [...this.#names]
			// DeBERTa's mask is no piece of its SentencePiece file.
			.filter(
				([role, content]) => !known.has(content) && (ids.has(content) || (layout === "unigram" && role === "mask")),
			)
			.map(([role, content]) => ({ content, id: undefined, role, special: true, flags: undefined }));
		const all = [...named, ...unnamed];
		let next =
			[...ids.values(), ...all.map((token) => token.id ?? -1)].reduce((last, id) => Math.max(last, id), -1) + 1;
		this.added = all
			.map((token) => this.#entry(token, ids.get(token.content) ?? token.id ?? next++))
			.sort((a, b) => a.id - b.id);
	}

	/** The text of the token that plays a part. */
	nameOf(role: SpecialRole): string {
		return this.#names.get(role)!;
	}

	/** Puts cls before a text and sep behind it; null where either is missing. */
	postProcessor(type: "BertProcessing" | "RobertaProcessing", flags: object): unknown {
		const [cls, sep] = (["cls", "sep"] as const).map((role) => {
			const entry = this.added.find((token) => token.content === this.nameOf(role));
			return entry === undefined ? undefined : [entry.content, entry.id];
		});
		return cls === undefined || sep === undefined ? null : { type, sep, cls, ...flags };
	}

	#entry({ content, role, special, flags }: NamedToken, id: number): AddedEntry {
		// RobertaTokenizer takes the blank before its mask along unless a file has the flags; added tokens are normalised.
		const lstrip = this.#layout === "byteLevel" && content === this.nameOf("mask");
		return {
			id,
			content,
			...(flags ?? { single_word: false, lstrip, rstrip: false, normalized: !special }),
			special,
			...(role !== undefined && !customaryTokens[role].includes(content) ? { role } : {}),
		};
	}
}

/** A `tokenizer.json` in which the tokens that play a part under another name than the customary ones say so. */
function withRoles(json: unknown, named: readonly NamedToken[]): unknown {
	const unusual = named.filter(
		(token) => token.role !== undefined && !customaryTokens[token.role].includes(token.content),
	);
	if (unusual.length === 0) return json;
	const file = new JsonObject(json, "content");
	const roles = new Map(unusual.map((token) => [token.content, token.role]));
	const entries = file.array("added_tokens").map((entry, index) => {
		const fields = new JsonObject(entry, `added_tokens[${index}]`);
		const role = roles.get(fields.string("content"));
		return role === undefined ? entry : Object.fromEntries([...fields.entries(), ["role", role]]);
	});
	return Object.fromEntries(
		file.entries().map(([field, value]) => [field, field === "added_tokens" ? entries : value]),
	);
}
