import type { LoadedModel } from "../loadedModel.ts";
import { scoreRows } from "../scoreLengths.ts";
import type { SlotContext } from "../slotContext.ts";

/** Rows of one run of the model. */
const rowsPerRun = 8;

/**
 * exp of the mean loss of the tokens of a region, each masked alone beside all others (Salazar et al. 2020, eq. 2): how
 * PepMLM ranks what it generates. 1 is certainty; undefined for a region without tokens.
 */
export async function regionPerplexity(
	model: LoadedModel,
	context: SlotContext,
	{ ids, signal }: { readonly ids: readonly number[]; readonly signal?: AbortSignal },
): Promise<number | undefined> {
	if (ids.length === 0) return undefined;
	const { mask } = model.tokenizer.special;
	const rows = ids.map((_, at) => ({ context, pieces: ids.map((id, other) => (other === at ? mask : id)) }));
	const found = await scoreRows(model, rows, {
		rowsPerRun,
		masksPerRow: 1,
		...(signal === undefined ? {} : { signal }),
	});
	const loss = found.reduce(
		(sum, [probabilities], at) => sum - Math.log(Math.max(probabilities![ids[at]!]!, 1e-30)),
		0,
	);
	return Math.exp(loss / ids.length);
}
