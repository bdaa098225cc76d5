import { largestVocabulary, refuseFile } from "./tokenizerFile.ts";

/** What a tokenizer needs of a SentencePiece model (`ModelProto` of google/sentencepiece). */
export interface SentencePieceModel {
	readonly pieces: readonly SentencePiece[];
	readonly unknownId: number;
	/** The compiled character map of its normalizer; empty when it has none. */
	readonly charsmap: Uint8Array;
}

/** One piece; its index is its id. */
export interface SentencePiece {
	readonly text: string;
	/** The logarithm of its probability. */
	readonly score: number;
	readonly type: number;
}

/** `ModelProto.SentencePiece.Type`. */
export const pieceType = { normal: 1, unknown: 2, control: 3, userDefined: 4 } as const;

const unigramModel = 1;
const longestModel = 2 ** 26;

/** Reads `spm.model`. Throws `tokenizerInvalid` for a file that is cut short, or is no Unigram model. */
export function readSentencePiece(bytes: Uint8Array): SentencePieceModel {
	if (bytes.length > longestModel) refuseFile(`its spm.model has more than ${longestModel} bytes`);
	const pieces: SentencePiece[] = [];
	let trainer = { modelType: unigramModel, unknownId: 0 };
	let charsmap = new Uint8Array(0);
	for (const field of fieldsOf(bytes)) {
		if (field.number === 1) pieces.push(readPiece(bytesOf(field)));
		else if (field.number === 2) trainer = readTrainer(bytesOf(field));
		else if (field.number === 3) charsmap = readCharsmap(bytesOf(field));
		if (pieces.length > largestVocabulary) refuseFile(`its spm.model has more than ${largestVocabulary} pieces`);
	}
	if (trainer.modelType !== unigramModel) refuseFile("its spm.model is not of the Unigram kind");
	const unknown = pieces.findIndex((piece) => piece.type === pieceType.unknown);
	const unknownId = unknown >= 0 ? unknown : trainer.unknownId;
	if (unknownId >= pieces.length) refuseFile("its spm.model has no pieces, or none for what is unknown");
	return { pieces, unknownId, charsmap };
}

function readPiece(bytes: Uint8Array): SentencePiece {
	let piece: SentencePiece = { text: "", score: 0, type: pieceType.normal };
	for (const field of fieldsOf(bytes)) {
		if (field.number === 1) piece = { ...piece, text: textOf(bytesOf(field)) };
		else if (field.number === 2) piece = { ...piece, score: floatOf(bytesOf(field)) };
		else if (field.number === 3) piece = { ...piece, type: numberOf(field) };
	}
	return piece;
}

function readTrainer(bytes: Uint8Array): { modelType: number; unknownId: number } {
	const trainer = { modelType: unigramModel as number, unknownId: 0 };
	for (const field of fieldsOf(bytes)) {
		if (field.number === 3) trainer.modelType = numberOf(field);
		else if (field.number === 40) trainer.unknownId = numberOf(field);
	}
	return trainer;
}

function readCharsmap(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	let charsmap = new Uint8Array(0);
	for (const field of fieldsOf(bytes)) if (field.number === 2) charsmap = Uint8Array.from(bytesOf(field));
	return charsmap;
}

/** One field of a protobuf message: a number, or the bytes of any other kind. */
interface Field {
	readonly number: number;
	readonly value: number | Uint8Array;
}

/** The fields of a message (https://protobuf.dev/programming-guides/encoding); groups, which it has none of, are refused. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
	let at = 0;
	const varint = (): number => {
		let value = 0;
		for (let shift = 1; shift < 2 ** 70; shift *= 128) {
			const byte = bytes[at++];
			if (byte === undefined) return cutShort();
			// Past 2^53 the low bits are lost; only the -1 of an absent id is so large.
			value += (byte & 0x7f) * shift;
			if (byte < 0x80) return value;
		}
		return cutShort();
	};
	const take = (length: number): Uint8Array => {
		if (length > bytes.length - at) cutShort();
		at += length;
		return bytes.subarray(at - length, at);
	};
	while (at < bytes.length) {
		const tag = varint();
		const number = Math.floor(tag / 8);
		const wire = tag % 8;
		if (wire === 0) yield { number, value: varint() };
		else if (wire === 1) yield { number, value: take(8) };
		else if (wire === 2) yield { number, value: take(varint()) };
		else if (wire === 5) yield { number, value: take(4) };
		else cutShort();
	}
}

function cutShort(): never {
	return refuseFile("its spm.model is no SentencePiece model, or is cut short");
}

function bytesOf({ value }: Field): Uint8Array {
	return typeof value === "number" ? cutShort() : value;
}

function numberOf({ value }: Field): number {
	return typeof value === "number" ? value : cutShort();
}

function floatOf(bytes: Uint8Array): number {
	if (bytes.length !== 4) cutShort();
	const score = new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
	return Number.isFinite(score) ? score : cutShort();
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
	try {
		return utf8.decode(bytes);
	} catch {
		return cutShort();
	}
}
