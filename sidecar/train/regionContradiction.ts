import { type Masking, strategiesOf } from "../data/masking/config.ts";
import type { ReaderConfig } from "../data/readers/config.ts";
import { regionsOf } from "../data/readers/readers.ts";

/** A recipe's sections that decide which regions there are and which are masked. */
interface RegionSections {
	readonly data: {
		readonly reader?: ReaderConfig | undefined;
		readonly packing?: string;
		readonly pairPositions?: string | undefined;
	};
	readonly model?: { readonly positionEmbedding: string };
	readonly objective?: { readonly name: string };
	readonly masking?: Masking;
}

/** A region must be one that the reader tells apart, and stand whole in a row, as the end of a sentence. */
export function regionContradiction({ data, masking, model, objective }: RegionSections): string | undefined {
	const reader = data.reader ?? { name: "text" };
	if (data.pairPositions === "restarted") {
		if (!regionsOf(reader).includes("second")) {
			return `data.pairPositions "restarted" is for pairs, and data.reader (${reader.name}) reads none.`;
		}
		if (model?.positionEmbedding !== "absolute") {
			return `data.pairPositions "restarted" takes model.positionEmbedding "absolute": rotary positions are distances within the row.`;
		}
	}
	if (masking === undefined) return undefined;
	if (objective?.name === "graphCodeBert" && strategiesOf(masking).some(({ name }) => name === "entity")) {
		return "the masking strategy entity reads spans of whole texts, and the rows of graphCodeBert are functions without them.";
	}
	const known = regionsOf(reader);
	for (const config of strategiesOf(masking)) {
		if (config.name !== "region") continue;
		if (!known.includes(config.region)) {
			const there = known.length === 0 ? "no regions" : known.join(" and ");
			return `masking.strategies names the region ${config.region}, and data.reader (${reader.name}) tells ${there} apart.`;
		}
		if (data.packing !== "padded") {
			return `the region ${config.region} must stand whole in a row, which takes data.packing "padded".`;
		}
	}
	return undefined;
}
