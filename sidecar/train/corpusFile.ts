import { MaskwrightError } from "../base/errors.ts";
import type { PackedRows } from "../data/packing.ts";
import { pieceTable } from "../data/pieces.ts";
import { readBytes, readText, writeFileAtomic } from "../store/atomic.ts";
import { runLayout } from "../store/layout.ts";
import { decodeSafetensors, encodeSafetensors, type HostTensor } from "../store/safetensors.ts";
import { loadTokenizer } from "../tokenizer/loadTokenizer.ts";
import type { PreparedCorpus } from "./prepare.ts";

/** Files, held-out files, training tokens, and the repeated tokens of both sets of rows. */
type Counts = [number, number, number, number, number];

/** Saves the packed rows and the tokenizer in the run's folder, so that the run can go on whatever became of the files. */
export function saveCorpus(runFolder: string, corpus: PreparedCorpus): void {
	const { train, heldOut, files, heldOutFiles, tokens } = corpus;
	const tensors = new Map<string, HostTensor>();
	for (const [name, rows] of [
		["train", train],
		["heldOut", heldOut],
	] as const) {
		const shape = [rows.count, rows.sequenceLength];
		tensors.set(`${name}.tokens`, { data: rows.tokens, shape });
		tensors.set(`${name}.segments`, { data: rows.segments, shape });
	}
	const counts = Int32Array.of(files, heldOutFiles, tokens, train.repeated, heldOut.repeated);
	tensors.set("counts", { data: counts, shape: [counts.length] });
	writeFileAtomic(runLayout(runFolder).corpus, encodeSafetensors(tensors));
	writeFileAtomic(runLayout(runFolder).tokenizer, JSON.stringify(corpus.tokenizer.toJSON()));
}

/** The corpus of a run as it was saved; throws `checkpointInvalid` when the files are broken. */
export function loadCorpus(runFolder: string): PreparedCorpus {
	const { corpus, tokenizer: tokenizerPath } = runLayout(runFolder);
	try {
		const tensors = decodeSafetensors(readBytes(corpus), corpus);
		const counts = tensors.get("counts")?.data;
		if (!(counts instanceof Int32Array) || counts.length !== 5) throw new Error("no counts");
		const [files, heldOutFiles, tokens, repeatedTrain, repeatedHeldOut] = counts as unknown as Counts;
		const tokenizer = loadTokenizer(JSON.parse(readText(tokenizerPath)));
		return {
			tokenizer,
			pieces: pieceTable(tokenizer),
			train: packedRows(tensors, "train", repeatedTrain),
			heldOut: packedRows(tensors, "heldOut", repeatedHeldOut),
			files,
			heldOutFiles,
			tokens,
			leftOut: [],
		};
	} catch (cause) {
		throw new MaskwrightError(
			"checkpointInvalid",
			`The corpus that the run ${runFolder} was training on can't be read back from its folder. Start a new run with \`maskwright train\`.`,
			{ cause },
		);
	}
}

function packedRows(tensors: ReadonlyMap<string, HostTensor>, name: string, repeated: number): PackedRows {
	const tokens = tensors.get(`${name}.tokens`);
	const segments = tensors.get(`${name}.segments`);
	const [count, sequenceLength] = tokens?.shape ?? [];
	if (!(tokens?.data instanceof Int32Array) || !(segments?.data instanceof Int32Array))
		throw new Error(`no ${name} rows`);
	if (count === undefined || sequenceLength === undefined || segments.data.length !== tokens.data.length) {
		throw new Error(`the ${name} rows do not fit together`);
	}
	const wasted = segments.data.reduce((sum, segment) => sum + (segment < 0 ? 1 : 0), 0);
	return { tokens: tokens.data, segments: segments.data, count, sequenceLength, wasted, repeated };
}
