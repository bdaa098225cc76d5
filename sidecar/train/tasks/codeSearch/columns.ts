/** The examples of code search as columns, saved with a run and read back from there. */
import type { HostTensor } from "../../../store/safetensors.ts";

/** Lists of numbers of different lengths: list `i` is `values` from `offsets[i]` to `offsets[i + 1]`. */
export interface Lists {
	readonly offsets: Int32Array;
	readonly values: Int32Array;
}

/** Pairs to train on, as ids of the tokenizer. */
export interface TrainingPairs {
	readonly count: number;
	/** Index in `pairKinds`. */
	readonly kinds: Int32Array;
	/** Numbers of the language and of the file that a pair is from; the pairs of a file follow each other. */
	readonly languages: Int32Array;
	readonly files: Int32Array;
	readonly queries: Lists;
	readonly codes: Lists;
	/** Empty where a pair has no nameless code. */
	readonly nameless: Lists;
	/** Pairs whose code is hard to tell from that of a pair; see negatives.ts. */
	readonly negatives: Lists;
}

/** A documented function that was held out. */
export interface HeldOutPair {
	readonly docstring: string;
	readonly code: string;
	readonly name: string;
}

type Columns = ReadonlyMap<string, HostTensor>;

export function columnsOf(pairs: TrainingPairs, heldOut: readonly HeldOutPair[]): Map<string, HostTensor> {
	return new Map([
		...Object.entries({ kinds: pairs.kinds, languages: pairs.languages, files: pairs.files }).map(numbers),
		...listColumns("queries", pairs.queries),
		...listColumns("codes", pairs.codes),
		...listColumns("nameless", pairs.nameless),
		...listColumns("negatives", pairs.negatives),
		// Texts as their UTF-16 code units: BM25 scores texts, whatever the tokenizer makes of them.
		...listColumns(
			"heldOut",
			listsOf(heldOut.flatMap(({ docstring, code, name }) => [docstring, code, name].map(codeUnits))),
		),
	]);
}

export function readPairs(columns: Columns): TrainingPairs {
	const kinds = column(columns, "kinds");
	return {
		count: kinds.length,
		kinds,
		languages: column(columns, "languages"),
		files: column(columns, "files"),
		queries: readLists(columns, "queries"),
		codes: readLists(columns, "codes"),
		nameless: readLists(columns, "nameless"),
		negatives: readLists(columns, "negatives"),
	};
}

export function readHeldOut(columns: Columns): HeldOutPair[] {
	const lists = readLists(columns, "heldOut");
	const texts = Array.from({ length: lists.offsets.length - 1 }, (_, at) => textOf(listAt(lists, at)));
	return Array.from({ length: texts.length / 3 }, (_, pair) => ({
		docstring: texts[3 * pair]!,
		code: texts[3 * pair + 1]!,
		name: texts[3 * pair + 2]!,
	}));
}

/** List `index`; a view, not a copy. */
export function listAt({ offsets, values }: Lists, index: number): Int32Array {
	return values.subarray(offsets[index], offsets[index + 1]);
}

export function listsOf(lists: readonly ArrayLike<number>[]): Lists {
	const offsets = new Int32Array(lists.length + 1);
	lists.forEach((list, at) => {
		offsets[at + 1] = offsets[at]! + list.length;
	});
	const values = new Int32Array(offsets[lists.length]!);
	lists.forEach((list, at) => {
		values.set(list, offsets[at]);
	});
	return { offsets, values };
}

/** `most` of the items at equal distances, so that every part of a corpus is there. */
export function evenly<Item>(items: readonly Item[], most: number): Item[] {
	const step = Math.max(1, items.length / most);
	return Array.from({ length: Math.min(most, items.length) }, (_, at) => items[Math.floor(at * step)]!);
}

function listColumns(name: string, { offsets, values }: Lists): [string, HostTensor][] {
	return Object.entries({ [`${name}.offsets`]: offsets, [`${name}.values`]: values }).map(numbers);
}

function readLists(columns: Columns, name: string): Lists {
	return { offsets: column(columns, `${name}.offsets`), values: column(columns, `${name}.values`) };
}

function numbers([name, data]: [string, Int32Array]): [string, HostTensor] {
	return [name, { data, shape: [data.length] }];
}

function column(columns: Columns, name: string): Int32Array {
	const data = columns.get(name)?.data;
	if (data instanceof Int32Array) return data;
	throw new Error(`the examples have no column ${name}`); // a broken file: its reader says so
}

function codeUnits(text: string): Int32Array {
	return Int32Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}

function textOf(units: Int32Array): string {
	let text = "";
	for (const unit of units) text += String.fromCharCode(unit);
	return text;
}
