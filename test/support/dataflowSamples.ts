import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DataflowEdge } from "../../sidecar/syntax/dataflowEdge.ts";
import type { SyntaxLanguage } from "../../sidecar/syntax/languages.ts";

/** An edge as the official extractor and `maskwright dataflow` write it. */
export type WrittenEdge = readonly [string, number, string, readonly string[], readonly number[]];

/** A function and what the official extractor makes of it. */
export interface DataflowSample {
	readonly id: string;
	readonly lang: SyntaxLanguage;
	readonly code: string;
	readonly tokens: readonly string[];
	readonly dataflow: readonly WrittenEdge[];
	/** Whether the official extractor raised. */
	readonly raised: boolean;
}

/** The functions that stand in the tree. */
export function smallSample(): DataflowSample[] {
	const file = join(import.meta.dirname, "../fixtures/dataflow.json");
	const { functions } = JSON.parse(readFileSync(file, "utf8")) as { functions: DataflowSample[] };
	return functions.map((sample) => ({ ...sample, raised: false }));
}

/** All functions of the data folder. */
export function wholeSample(data: string): DataflowSample[] {
	const folder = join(data, "dataflow");
	const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Stored[];
	const bulk = execFileSync("xz", ["-dc", join(folder, "bulk.jsonl.xz")], { maxBuffer: 1 << 30, encoding: "utf8" });
	const items = [...golden, ...bulk.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Stored]))];
	return items.map(({ id, lang, code, expected }) => ({
		id,
		lang,
		code,
		tokens: expected.code_tokens,
		dataflow: expected.dfg,
		raised: expected.dfg_raised.length > 0,
	}));
}

interface Stored extends Pick<DataflowSample, "id" | "lang" | "code"> {
	readonly expected: { code_tokens: string[]; dfg: WrittenEdge[]; dfg_raised: string[] };
}

/** An edge as the contract writes it. */
export function written({ name, index, relation, sourceNames, sourceIndices }: DataflowEdge): WrittenEdge {
	return [name, index, relation, sourceNames, sourceIndices];
}

/** Names as multisets, indices as sets. */
export function comparable(edges: readonly WrittenEdge[]): WrittenEdge[] {
	return edges.map(([name, index, relation, names, indices]) => [
		name,
		index,
		relation,
		[...names].sort(),
		[...new Set(indices)].sort((a, b) => a - b),
	]);
}
