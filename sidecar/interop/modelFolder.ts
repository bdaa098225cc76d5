/** A folder of Hugging Face with a model: its small files, of bounded size. */
import { join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { folderNames, readRegularFile, subfolderNames } from "../store/regularFile.ts";
import type { TokenizerFiles } from "../tokenizer/fromFiles.ts";

/** A folder that was looked at. */
export interface ModelFolder {
	readonly folder: string;
	/** The text of a file, or undefined when there is none. Throws `modelInvalid` for one that is too large or no file. */
	text(path: string): string | undefined;
	bytes(path: string): Uint8Array | undefined;
	/** The content of a JSON file, or undefined when there is none. Throws `modelInvalid`. */
	json(path: string): unknown;
}

/** The largest tokenizer.json, of 250,000 pieces in many languages, has 17 MB. */
const mostBytes = 64 << 20;

/** Looks at a folder. Throws `notFound` or `storage`. */
export function openModelFolder(folder: string): ModelFolder {
	const names = new Set(folderNames(folder));
	const has = (path: string): boolean => {
		const [first, second] = path.split("/");
		if (!names.has(first!)) return false;
		return second === undefined || subfolderNames(join(folder, first!)).includes(second);
	};
	const bytes = (path: string): Uint8Array | undefined =>
		has(path) ? readRegularFile(join(folder, path), { mostBytes }) : undefined;
	const text = (path: string): string | undefined => {
		const read = bytes(path);
		return read === undefined ? undefined : new TextDecoder().decode(read);
	};
	return { folder, bytes, text, json: (path) => parse(text(path), join(folder, path)) };
}

/** The files of its tokenizer, in whichever of the layouts. */
export function tokenizerFilesOf(folder: ModelFolder): TokenizerFiles {
	const files = {
		tokenizerJson: folder.text("tokenizer.json"),
		vocabTxt: folder.text("vocab.txt"),
		vocabJson: folder.text("vocab.json"),
		mergesTxt: folder.text("merges.txt"),
		tokenizerConfig: folder.text("tokenizer_config.json"),
		specialTokensMap: folder.text("special_tokens_map.json"),
		addedTokens: folder.text("added_tokens.json"),
		sentencePiece: folder.bytes("spm.model") ?? folder.bytes("spiece.model") ?? folder.bytes("sentencepiece.bpe.model"),
	};
	return Object.fromEntries(Object.entries(files).filter(([, content]) => content !== undefined));
}

/** Its `config.json`. Throws `notFound` with what lies there instead. */
export function configOf(folder: ModelFolder): unknown {
	const config = folder.json("config.json");
	if (config !== undefined) return config;
	const instead =
		folder.text("adapter_config.json") !== undefined
			? "It holds an adapter: merge it into its model (merge_and_unload of peft) and save that."
			: folder.text("0_Transformer/config.json") !== undefined
				? `Its model lies in ${join(folder.folder, "0_Transformer")}: import that folder.`
				: "Choose the folder that holds config.json, model.safetensors and the tokenizer of a model.";
	throw new MaskwrightError("notFound", `${folder.folder} has no config.json. ${instead}`);
}

function parse(text: string | undefined, path: string): unknown {
	if (text === undefined) return undefined;
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		throw new MaskwrightError("modelInvalid", `${path} is not JSON. Get the file again.`, { cause: error });
	}
}
