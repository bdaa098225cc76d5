import type { BpeModel } from "./bpe.ts";
import { byteCharacters, tokenBytes } from "./byteLevel.ts";
import { ByteLevelModel } from "./byteLevelModel.ts";
import { PairTable } from "./pairTable.ts";
import type { PieceModel } from "./pieceTokenizer.ts";
import { gpt2, type SplitPattern, splitPatterns } from "./splitPatterns.ts";
import { JsonObject, quote, refuseFile } from "./tokenizerFile.ts";
import { encodeWtf8 } from "./wtf8.ts";

/** Reads a byte-level BPE model with its pre-tokenizer. Throws `tokenizerInvalid` for any part it does not know. */
export function readBpe(file: JsonObject, vocabulary: ReadonlyMap<string, number>): PieceModel {
	const model = file.object("model");
	if (model.has("dropout") && model.unknown("dropout") !== 0) refuseFile("its merges drop out at random");
	for (const affix of ["continuing_subword_prefix", "end_of_word_suffix"]) {
		if ((model.optionalString(affix) ?? "") !== "") refuseFile(`it has a ${affix}, which byte-level BPE has not`);
	}
	if (model.boolean("byte_fallback", false))
		refuseFile("its BPE is over characters with byte fallback, not over bytes");
	const normalizer = file.optionalObject("normalizer");
	const compose = normalizer?.optionalString("type") === "NFC";
	if (normalizer !== undefined && !compose) refuseFile(`its normalizer ${typeOf(normalizer)} is not NFC or none`);
	const { split, addPrefixSpace } = readPreTokenizer(file.optionalObject("pre_tokenizer"));
	const wholeWord = model.boolean("ignore_merges", false) ? wholeWordLookup(vocabulary) : undefined;
	return new ByteLevelModel(readMerges(model, vocabulary), { split, compose, addPrefixSpace, wholeWord });
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

function readPreTokenizer(preTokenizer: JsonObject | undefined): { split: SplitPattern; addPrefixSpace: boolean } {
	if (preTokenizer === undefined) refuseFile("it has no pre-tokenizer, so that it is not byte-level");
	const type = preTokenizer.string("type");
	if (type === "ByteLevel") {
		if (!preTokenizer.boolean("use_regex", true)) refuseFile("its pre-tokenizer does not cut the text");
		return { split: gpt2, addPrefixSpace: preTokenizer.boolean("add_prefix_space", true) };
	}
	if (type !== "Sequence") refuseFile(`its pre-tokenizer ${quote(type)} is not ByteLevel, or a Split and ByteLevel`);
	const steps = preTokenizer.array("pretokenizers").map((step) => new JsonObject(step, "pre_tokenizer"));
	const [cut, byteLevel] = steps;
	if (steps.length !== 2 || cut?.string("type") !== "Split" || byteLevel?.string("type") !== "ByteLevel") {
		refuseFile(`its pre-tokenizer is the sequence ${steps.map(typeOf).join(", ")}, not Split, ByteLevel`);
	}
	if (byteLevel.boolean("use_regex", true)) refuseFile("its pre-tokenizer cuts the text twice");
	if (byteLevel.boolean("add_prefix_space", true)) refuseFile("its pre-tokenizer adds a space before every pre-token");
	return { split: readSplit(cut), addPrefixSpace: false };
}

/** Only known patterns are accepted: a pattern from a file is compared and never compiled. */
function readSplit(cut: JsonObject): SplitPattern {
	const behavior = cut.string("behavior");
	if (behavior !== "Isolated" || cut.boolean("invert", false)) refuseFile(`its Split behaves as ${quote(behavior)}`);
	const pattern = cut.object("pattern").string("Regex");
	const split = splitPatterns.find((known) => known.pattern === pattern);
	if (split === undefined) refuseFile(`its Split has the pattern ${quote(pattern)}, which is not a known one`);
	return split;
}

function wholeWordLookup(vocabulary: ReadonlyMap<string, number>): (word: string) => number | undefined {
	const texts = new Map([...vocabulary].map(([token, id]) => [Buffer.from(tokenBytes(token)).toString("latin1"), id]));
	return (word) => texts.get(Buffer.from(encodeWtf8(word)).toString("latin1"));
}

function typeOf(part: JsonObject): string {
	return quote(part.optionalString("type") ?? "without a type");
}
