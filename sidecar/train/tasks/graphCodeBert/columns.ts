import { MaskwrightError } from "../../../base/errors.ts";
import type { GraphRows } from "../../../data/graph/graphRows.ts";
import type { HostTensor } from "../../../store/safetensors.ts";

/** The columns of `GraphRows` that are arrays. */
const columnNames = ["tokens", "codeStarts", "nodeTokens", "edges", "edgeStarts"] as const;

/** The parts of the examples, each on its side of the line of the split. */
export type GraphPart = "train" | "heldOut";

/** Puts rows into the examples of a corpus. */
export function writeGraphRows(columns: Map<string, HostTensor>, part: GraphPart, rows: GraphRows): void {
	const sizes = Int32Array.of(rows.count, rows.textLength, rows.nodes);
	columns.set(`${part}.sizes`, { data: sizes, shape: [sizes.length] });
	for (const name of columnNames) columns.set(`${part}.${name}`, { data: rows[name], shape: [rows[name].length] });
}

/** Takes them out again; throws `checkpointInvalid` where a column is missing. */
export function readGraphRows(columns: ReadonlyMap<string, HostTensor>, part: GraphPart): GraphRows {
	const column = (name: string): Int32Array => {
		const data = columns.get(`${part}.${name}`)?.data;
		if (!(data instanceof Int32Array)) {
			const sentence = `The run's corpus lacks the column ${part}.${name}. Start a new run with \`maskwright train\`.`;
			throw new MaskwrightError("checkpointInvalid", sentence);
		}
		return data;
	};
	const [count, textLength, nodes] = column("sizes") as unknown as [number, number, number];
	return {
		count,
		textLength,
		nodes,
		tokens: column("tokens"),
		codeStarts: column("codeStarts"),
		nodeTokens: column("nodeTokens"),
		edges: column("edges"),
		edgeStarts: column("edgeStarts"),
	};
}
