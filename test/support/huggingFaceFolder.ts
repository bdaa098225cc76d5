/** Folders as they lie on Hugging Face's hub: configurations with their own keys and sizes shrunk, names of tensors and layouts of tokenizers copied. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../sidecar/base/random.ts";
import { encodeSafetensors, type HostTensor } from "../../sidecar/store/safetensors.ts";
import { trainByteLevelBpe } from "../../sidecar/tokenizer/trainer.ts";
import { checkpoints, type Shapes } from "./huggingFaceCheckpoints.ts";
import { bytesField, message, textField, varint, varintField } from "./protobufBytes.ts";

export type CheckpointName = keyof typeof checkpoints;

export const checkpointNames = Object.keys(checkpoints) as CheckpointName[];

/** What may be changed before a folder is written. */
export interface FolderChange {
	/** Keys of config.json; undefined takes one out. */
	readonly config?: Readonly<Record<string, unknown>>;
	readonly tensors?: (tensors: Map<string, HostTensor>) => void;
	/** Further files, or null to leave one out. */
	readonly files?: Readonly<Record<string, string | Uint8Array | null>>;
}

/** Writes such a folder with random weights and gives them. */
export function writeHuggingFaceFolder(
	folder: string,
	name: CheckpointName,
	change: FolderChange = {},
): Map<string, HostTensor> {
	const { config, shapes, tokenizer } = checkpoints[name];
	const { files, size } = tokenizers[tokenizer];
	// The published tables have rows beyond the tokenizer's tokens in some of these models.
	const rows = size + (name === "answerdotai/ModernBERT-base" || name === "microsoft/deberta-v3-small" ? 5 : 0);
	const tensors = randomTensors(shapes(rows));
	change.tensors?.(tensors);
	mkdirSync(folder, { recursive: true });
	const json = { ...config, vocab_size: rows, ...change.config };
	const texts: typeof change.files = { "config.json": JSON.stringify(json, undefined, 2), ...files, ...change.files };
	for (const [file, text] of Object.entries(texts)) {
		if (text === null) continue;
		mkdirSync(join(folder, file, ".."), { recursive: true });
		writeFileSync(join(folder, file), text);
	}
	writeFileSync(join(folder, "model.safetensors"), Buffer.concat(encodeSafetensors(tensors, { format: "pt" })));
	return tensors;
}

function randomTensors(shapes: Shapes): Map<string, HostTensor> {
	const tensors = new Map<string, HostTensor>();
	const random = createRandom(11);
	for (const [name, shape] of Object.entries(shapes)) {
		const size = shape.reduce((product, side) => product * side, 1);
		if (name.endsWith("position_ids")) {
			tensors.set(name, { data: BigInt64Array.from({ length: size }, (_, at) => BigInt(at)), shape });
			continue;
		}
		const center = /(norm|LayerNorm)\.(weight|gamma)$/i.test(name) ? 1 : 0;
		const data = Float32Array.from({ length: size }, () => center + 0.2 * random.normal());
		tensors.set(name, { data, shape });
	}
	return tensors;
}

const words = [
	"def",
	"return",
	"value",
	"total",
	"sum",
	"left",
	"right",
	"name",
	"path",
	"the",
	"of",
	"export",
	"function",
];
const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
const marks = [..."()[]{}<>:;,.=+-*/_!?'\"&|#%@"];

const lines = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...marks, ...letters, ...words];
const vocabulary = [...lines, ...letters.map((letter) => `##${letter}`), "##s_"];

const trained = trainByteLevelBpe(
	[
		"def total(left, right):\n    return left + right\n",
		"export function sum(name: string): number { return value; }\n",
	],
	{ vocabularySize: 280, minFrequency: 1 },
);
const trainedJson = trained.toJSON() as { model: { vocab: Record<string, number>; merges: (string | string[])[] } };

/** RoBERTa's own order: four special tokens first, the mask last. */
function robertaFiles(): { files: Record<string, string>; size: number } {
	const special = /^(\[[A-Z]+\]|<[a-z/]+>)$/;
	const pieces = Object.entries(trainedJson.model.vocab)
		.sort(([, a], [, b]) => a - b)
		.flatMap(([piece]) => (special.test(piece) ? [] : [piece]));
	const tokens = ["<s>", "<pad>", "</s>", "<unk>", ...pieces, "<mask>"];
	const merges = trainedJson.model.merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" ")));
	return {
		size: tokens.length,
		files: {
			"vocab.json": JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id]))),
			"merges.txt": `#version: 0.2\n${merges.join("\n")}\n`,
			"tokenizer_config.json": JSON.stringify({ model_max_length: 512 }),
		},
	};
}

/** `spm.model` as that of DeBERTa-v3: its special tokens but the mask are pieces, which `transformers` adds behind them. */
function sentencePieceFiles(): { files: Record<string, string | Uint8Array>; size: number } {
	const special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"];
	const pieces = [...special, "\u2581", ...words.map((word) => `\u2581${word}`), ...letters, ...marks];
	const encoded = pieces.map((piece, id) => {
		const type = piece === "[UNK]" ? 2 : id < special.length ? 3 : 1;
		const score = new Uint8Array(Float32Array.of(-1 - id / 10).buffer);
		return bytesField(1, message(textField(1, piece), varint((2 << 3) | 5), score, varintField(3, type)));
	});
	return {
		size: pieces.length + 1,
		files: {
			"spm.model": message(...encoded, bytesField(2, varintField(3, 1))),
			"tokenizer_config.json": JSON.stringify({ do_lower_case: false, vocab_type: "spm" }),
		},
	};
}

const tokenizers = {
	spm: sentencePieceFiles(),
	vocabTxt: {
		size: vocabulary.length,
		files: {
			"vocab.txt": `${vocabulary.join("\n")}\n`,
			"tokenizer_config.json": JSON.stringify({ do_lower_case: true }),
		},
	},
	vocabJson: robertaFiles(),
	tokenizerJson: { size: trained.vocabularySize, files: { "tokenizer.json": JSON.stringify(trainedJson) } },
} as const;
