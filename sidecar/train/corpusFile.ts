import { MaskwrightError } from "../base/errors.ts";
import type { PackedRows } from "../data/packing.ts";
import { pieceTable } from "../data/pieces.ts";
import { readBytes, readText, writeFileAtomic } from "../store/atomic.ts";
import { runLayout } from "../store/layout.ts";
import { decodeSafetensors, encodeSafetensors, type HostTensor } from "../store/safetensors.ts";
import { loadTokenizer } from "../tokenizer/loadTokenizer.ts";
import type { PreparedCorpus } from "./preparedCorpus.ts";

/** The numbers of a corpus that its rows do not tell, in the order of the file. */
const countNames = [
	"files",
	"heldOutFiles",
	"tokens",
	"positions",
	"padding",
	"repeatedTrain",
	"repeatedHeldOut",
] as const;

type Counts = Record<(typeof countNames)[number], number>;

/** Stands before the names of the task's own columns. */
const examplePrefix = "examples.";

/** Saves rows, examples and the tokenizer in the run's folder, so that the run can go on whatever became of the files. */
export function saveCorpus(runFolder: string, corpus: PreparedCorpus): void {
	const { train, heldOut } = corpus;
	const tensors = new Map<string, HostTensor>();
	for (const [name, rows] of [
		["train", train],
		["heldOut", heldOut],
	] as const) {
		const shape = [rows.count, rows.sequenceLength];
		tensors.set(`${name}.tokens`, { data: rows.tokens, shape });
		tensors.set(`${name}.segments`, { data: rows.segments, shape });
		if (rows.marks !== undefined) tensors.set(`${name}.marks`, { data: rows.marks, shape });
	}
	const counts: Counts = { ...corpus, repeatedTrain: train.repeated, repeatedHeldOut: heldOut.repeated };
	for (const name of countNames) tensors.set(`count.${name}`, { data: Int32Array.of(counts[name]), shape: [1] });
	for (const [name, column] of corpus.examples) tensors.set(examplePrefix + name, column);
	writeFileAtomic(runLayout(runFolder).corpus, encodeSafetensors(tensors));
	writeFileAtomic(runLayout(runFolder).tokenizer, JSON.stringify(corpus.tokenizer.toJSON()));
}

/** The corpus of a run as it was saved; throws `checkpointInvalid` when the files are broken. */
export function loadCorpus(runFolder: string): PreparedCorpus {
	const { corpus, tokenizer: tokenizerPath } = runLayout(runFolder);
	try {
		const tensors = decodeSafetensors(readBytes(corpus), corpus);
		const { repeatedTrain, repeatedHeldOut, ...counts } = countsOf(tensors);
		const tokenizer = loadTokenizer(JSON.parse(readText(tokenizerPath)));
		return {
			tokenizer,
			pieces: pieceTable(tokenizer),
			train: packedRows(tensors, "train", repeatedTrain),
			heldOut: packedRows(tensors, "heldOut", repeatedHeldOut),
			...counts,
			examples: columnsOf(tensors),
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

function countsOf(tensors: ReadonlyMap<string, HostTensor>): Counts {
	const found = countNames.map((name) => {
		const count = tensors.get(`count.${name}`)?.data[0];
		if (typeof count !== "number") throw new Error(`no count of ${name}`);
		return [name, count] as const;
	});
	return Object.fromEntries(found) as Counts;
}

function columnsOf(tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
	const columns = new Map<string, HostTensor>();
	for (const [name, column] of tensors) {
		if (name.startsWith(examplePrefix)) columns.set(name.slice(examplePrefix.length), column);
	}
	return columns;
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
	const marks = tensors.get(`${name}.marks`)?.data;
	if (marks !== undefined && !(marks instanceof Int32Array && marks.length === tokens.data.length)) {
		throw new Error(`the ${name} rows do not fit together`);
	}
	const wasted = segments.data.reduce((sum, segment) => sum + (segment < 0 ? 1 : 0), 0);
	const rows = { tokens: tokens.data, segments: segments.data, count, sequenceLength, wasted, repeated };
	return marks === undefined ? rows : { ...rows, marks };
}
