import type { AddedToken } from "./addedTokens.ts";
import { type BpeModel, WordMerger } from "./bpe.ts";
import { byteCharacters, tokenBytes } from "./byteLevel.ts";
import { ByteLevelModel, joinBytes } from "./byteLevelModel.ts";
import { PairTable } from "./pairTable.ts";
import type { PieceModel } from "./pieceTokenizer.ts";
import { readNormalizer } from "./pipeline/normalizers.ts";
import { PipelineModel } from "./pipeline/pipelineModel.ts";
import { readPreTokenizer } from "./pipeline/preTokenizers.ts";
import { gpt2, type SplitPattern, splitPatterns } from "./splitPatterns.ts";
import { type JsonObject, quote, refuseFile } from "./tokenizerFile.ts";
import { encodeWtf8 } from "./wtf8.ts";

/**
 * Reads a byte-level BPE model: with the stages of GPT-2, ModernBERT and our own as one pass, with others as a
 * pipeline. Throws `tokenizerInvalid` for any part it does not know.
 */
export function readBpe(
	file: JsonObject,
	vocabulary: ReadonlyMap<string, number>,
	added: readonly AddedToken[],
): PieceModel {
	const model = file.object("model");
	if (model.has("dropout") && model.unknown("dropout") !== 0) refuseFile("its merges drop out at random");
	for (const affix of ["continuing_subword_prefix", "end_of_word_suffix"]) {
		if ((model.optionalString(affix) ?? "") !== "") refuseFile(`it has a ${affix}, which byte-level BPE has not`);
	}
	if (model.boolean("byte_fallback", false))
		refuseFile("its BPE is over characters with byte fallback, not over bytes");
	const bpe = readMerges(model, vocabulary);
	const wholeWord = model.boolean("ignore_merges", false) ? wholeWordLookup(vocabulary) : undefined;
	checkDecoder(file.optionalObject("decoder"));
	const normalizer = file.optionalObject("normalizer");
	const compose = normalizer?.optionalString("type") === "NFC";
	const cut = readPlainCut(file.optionalObject("pre_tokenizer"));
	if (cut !== undefined && (normalizer === undefined || compose)) {
		return new ByteLevelModel(bpe, { ...cut, compose, wholeWord });
	}
	const preTokenizer = readPreTokenizer(file.optionalObject("pre_tokenizer"));
	if (!preTokenizer.bytes) refuseFile("its BPE is over characters and not over bytes");
	const merger = new WordMerger(bpe);
	return new PipelineModel({
		normalizer: readNormalizer(normalizer),
		preTokenizer,
		encodeWord(word) {
			const whole = wholeWord?.(word);
			return whole === undefined ? merger.merge(word) : Int32Array.of(whole, 0, word.length);
		},
		decode: joinBytes,
		added: added.filter((token) => token.normalized),
	});
}

function readMerges(model: JsonObject, vocabulary: ReadonlyMap<string, number>): BpeModel {
	const merges = model.array("merges");
	const pairs = new PairTable(merges.length);
	const merged: number[] = [];
	for (const [rank, merge] of merges.entries()) {
		const [left, right] = mergeParts(merge, rank);
		const ids = [left, right, left + right].map((token) => {
			const id = vocabulary.get(token);
			if (id === undefined) refuseFile(`its merge ${rank} needs the token ${quote(token)}, which its vocabulary lacks`);
			return id;
		});
		const index = pairs.add(ids[0]!, ids[1]!);
		if (index !== merged.length) refuseFile(`its merge ${rank} is listed twice`);
		merged.push(ids[2]!);
	}
	const unknownToken = model.optionalString("unk_token");
	const unknownId = unknownToken === undefined ? undefined : vocabulary.get(unknownToken);
	return {
		byteIds: Int32Array.from(byteCharacters, (character) => vocabulary.get(character) ?? -1),
		pairs,
		merged: Int32Array.from(merged),
		unknownId,
		fuseUnknown: model.boolean("fuse_unk", false),
	};
}

/** A merge is "left right" or ["left", "right"]. */
function mergeParts(merge: unknown, rank: number): [string, string] {
	const parts: unknown = typeof merge === "string" ? merge.split(" ") : merge;
	if (!Array.isArray(parts) || parts.length !== 2) refuseFile(`its merge ${rank} is no pair of tokens`);
	const [left, right]: unknown[] = parts;
	if (typeof left !== "string" || typeof right !== "string") refuseFile(`its merge ${rank} is no pair of tokens`);
	return [left, right];
}

/** How GPT-2, ModernBERT and our own tokenizers cut: `ByteLevel`, or `ByteLevel` after a known `Split`. */
function readPlainCut(
	preTokenizer: JsonObject | undefined,
): { split: SplitPattern; addPrefixSpace: boolean } | undefined {
	const type = preTokenizer?.string("type");
	if (preTokenizer === undefined) return undefined;
	if (type === "ByteLevel" && preTokenizer.boolean("use_regex", true)) {
		return { split: gpt2, addPrefixSpace: preTokenizer.boolean("add_prefix_space", true) };
	}
	if (type !== "Sequence") return undefined;
	const [cut, byteLevel, ...others] = preTokenizer.objects("pretokenizers");
	if (others.length > 0 || cut?.string("type") !== "Split" || byteLevel?.string("type") !== "ByteLevel")
		return undefined;
	if (byteLevel.boolean("use_regex", true) || byteLevel.boolean("add_prefix_space", true)) return undefined;
	if (cut.string("behavior") !== "Isolated" || cut.boolean("invert", false)) return undefined;
	const pattern = cut.optionalObject("pattern")?.optionalString("Regex");
	const split = splitPatterns.find((known) => known.pattern === pattern);
	return split === undefined ? undefined : { split, addPrefixSpace: false };
}

function checkDecoder(decoder: JsonObject | undefined, depth = 0): void {
	const type = decoder?.string("type") ?? "ByteLevel";
	if (type === "Sequence" && depth === 0) for (const part of decoder!.objects("decoders")) checkDecoder(part, 1);
	else if (type !== "ByteLevel") refuseFile(`its decoder ${quote(type)} is not ByteLevel`);
}

function wholeWordLookup(vocabulary: ReadonlyMap<string, number>): (word: string) => number | undefined {
	const texts = new Map([...vocabulary].map(([token, id]) => [Buffer.from(tokenBytes(token)).toString("latin1"), id]));
	return (word) => texts.get(Buffer.from(encodeWtf8(word)).toString("latin1"));
}
