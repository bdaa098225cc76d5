import type { AddedToken } from "./addedTokens.ts";
import { joinBytes } from "./byteLevelModel.ts";
import type { PieceModel } from "./pieceTokenizer.ts";
import { readNormalizer } from "./pipeline/normalizers.ts";
import { PipelineModel } from "./pipeline/pipelineModel.ts";
import { readPreTokenizer } from "./pipeline/preTokenizers.ts";
import { type JsonObject, largestVocabulary, quote, refuseFile } from "./tokenizerFile.ts";
import { Unigram } from "./unigram.ts";
import { encodeWtf8 } from "./wtf8.ts";

/** A Unigram model as a file has it. */
export interface UnigramFile {
	/** Each piece with its score; its index is its id. */
	readonly pieces: readonly (readonly [string, number])[];
	/** The pieces by their texts; of equal ones the last. */
	readonly ids: ReadonlyMap<string, number>;
}

/** Reads `model.vocab` of a Unigram model: pairs of piece and score. */
export function readUnigramVocabulary(model: JsonObject): UnigramFile {
	const pieces = model.array("vocab").map((entry, id): [string, number] => {
		const [piece, score]: unknown[] = Array.isArray(entry) && entry.length === 2 ? entry : [];
		if (typeof piece !== "string" || typeof score !== "number" || !Number.isFinite(score)) {
			refuseFile(`the entry ${id} of its vocabulary is no piece with a score`);
		}
		return [piece, score];
	});
	if (pieces.length === 0) refuseFile("its vocabulary is empty");
	if (pieces.length > largestVocabulary) refuseFile(`its vocabulary has more than ${largestVocabulary} tokens`);
	return { pieces, ids: new Map(pieces.map(([piece], id) => [piece, id])) };
}

/** Reads a Unigram model with its normalizer and pre-tokenizer. Throws `tokenizerInvalid` for any part it does not know. */
export function readUnigram(file: JsonObject, { pieces, ids }: UnigramFile, added: readonly AddedToken[]): PieceModel {
	const model = file.object("model");
	if (!model.has("unk_id")) refuseFile("its Unigram model has no unk_id, so that a text could have no pieces");
	const unknownId = model.integer("unk_id");
	if (unknownId >= pieces.length) refuseFile(`its unk_id ${unknownId} is no piece of its vocabulary`);
	const preTokenizer = readPreTokenizer(file.optionalObject("pre_tokenizer"));
	if (preTokenizer.bytes) refuseFile("its Unigram model is over bytes");
	const byteIds = model.boolean("byte_fallback", false) ? readByteIds(ids) : undefined;
	const unspelled = new Set(added.filter((token) => token.special).map((token) => token.id));
	const unigram = new Unigram({ pieces, unknownId, unspelled, byteIds });
	const strips = stripsFirstBlank(file.optionalObject("decoder"));
	return new PipelineModel({
		normalizer: readNormalizer(file.optionalObject("normalizer")),
		preTokenizer,
		encodeWord: (word) => unigram.encode(word),
		decode: (all) => joinBytes(strips ? all.map((piece, index) => (index === 0 ? withoutBlanks(piece) : piece)) : all),
		added: added.filter((token) => token.normalized),
	});
}

function readByteIds(ids: ReadonlyMap<string, number>): Int32Array | undefined {
	const found = Int32Array.from({ length: 256 }, (_, byte) => ids.get(byteToken(byte)) ?? -1);
	return found.includes(-1) ? undefined : found;
}

function byteToken(byte: number): string {
	return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

/** The bytes of a piece of SentencePiece: U+2581 is a blank, `<0x0A>` a byte. */
export function unigramBytes(piece: string): Uint8Array {
	const byte = /^<0x([0-9A-F]{2})>$/.exec(piece)?.[1];
	return byte === undefined ? encodeWtf8(piece.replaceAll("\u2581", " ")) : Uint8Array.of(Number.parseInt(byte, 16));
}

function withoutBlanks(bytes: Uint8Array): Uint8Array {
	return bytes.filter((byte) => byte !== 0x20);
}

const plainDecoders = ["Replace", "ByteFallback", "Fuse"];

/** Whether decoding takes the blanks of the first piece away, which encoding puts before a text. */
function stripsFirstBlank(decoder: JsonObject | undefined, depth = 0): boolean {
	if (decoder === undefined) return false;
	const type = decoder.string("type");
	if (type === "Metaspace") {
		const scheme = decoder.optionalString("prepend_scheme");
		return scheme === undefined ? decoder.boolean("add_prefix_space", true) : scheme !== "never";
	}
	if (type === "Strip") return decoder.integer("start", 0) > 0;
	if (type === "Sequence" && depth === 0) return decoder.objects("decoders").some((one) => stripsFirstBlank(one, 1));
	if (!plainDecoders.includes(type)) refuseFile(`its decoder ${quote(type)} is not supported`);
	return false;
}
