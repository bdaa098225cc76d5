import type { PieceModel } from "./pieceTokenizer.ts";
import { type JsonObject, refuseFile } from "./tokenizerFile.ts";

export function readWordPiece(_file: JsonObject, _vocabulary: ReadonlyMap<string, number>): PieceModel {
	refuseFile("WordPiece is not read yet");
}
