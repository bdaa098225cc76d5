/** How strongly each token is marked, for what is held or pointed at. */
import type { SaliencyReport } from "../../sidecar/protocol/inspect/saliency.ts";
import { shareOf } from "../ui/heatmap.ts";
import type { Matrix } from "./matrix.ts";
import type { Filtered } from "./tokenFilter.ts";

export interface TokenWeights {
	/** By token: shares of attention, or nats of saliency, negative where it speaks against. */
	readonly values: Float64Array;
	/** The largest size, for the strongest mark. */
	readonly largest: number;
}

/** What one token looks at, or what looks at it; without one the mean over the tokens that the filter means. */
export function attentionWeights(
	matrix: Matrix,
	{ token, direction, filtered }: { token: number | null; direction: "from" | "to"; filtered: Filtered },
): TokenWeights {
	const { n } = matrix;
	const values = new Float64Array(n);
	const asked = token === null ? [...Array(n).keys()].filter((at) => filtered.meant[at]) : [token];
	const add = (other: number, byte: number) => {
		if (!filtered.hidden[other]) (values[other] as number) += shareOf(byte) / asked.length;
	};
	if (direction === "from" || matrix.whole) {
		for (const one of asked) matrix[direction](one, 1, (other, byte) => add(other, byte));
	} else {
		const meant = new Set(asked);
		for (let query = 0; query < n; query++) {
			matrix.from(query, 1, (key, byte) => {
				if (meant.has(key)) add(query, byte);
			});
		}
	}
	return { values, largest: largestOf(values) };
}

export function saliencyWeights(
	report: SaliencyReport,
	source: "integratedGradients" | "inputTimesGradient",
): TokenWeights {
	const values = Float64Array.from(report[source]);
	return { values, largest: largestOf(values) };
}

/** Links that a reader can follow at first sight, for each token. */
const followed = 3;

/** The byte from which about three links of each token are drawn. */
export function readableThreshold({ n, cells }: Matrix): number {
	const counts = new Uint32Array(256);
	for (const byte of cells) (counts[byte] as number)++;
	let links = 0;
	for (let byte = 255; byte > 1; byte--) {
		links += counts[byte] as number;
		if (links > followed * n) return Math.min(255, byte + 1);
	}
	return 1;
}

function largestOf(values: Float64Array): number {
	return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
