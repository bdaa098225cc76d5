/** Whether a model of pairs knows which two sentences belong together. */
import type { LoadedModel } from "../../../sidecar/inference/loadedModel.ts";
import { type MaskedRow, scoreRows } from "../../../sidecar/inference/scoreLengths.ts";
import type { Sentence, SentencePair } from "./bitextOfSeed.ts";

interface Encoded {
	readonly ids: readonly number[];
	/** Which of them are of content words. */
	readonly content: readonly number[];
}

/**
 * Bitext retrieval (accuracy at 1, the mean of both ways) by the surprise of a translation: of all sentences of the other
 * side, is the own one that whose content words are the least surprising beside the question, each token masked alone?
 */
export async function bitextAccuracy(model: LoadedModel, pairs: readonly SentencePair[]): Promise<number> {
	const sides = [0, 1].map((side) => pairs.map((pair) => encoded(model, pair[side]!)));
	let hits = 0;
	for (const asked of [0, 1]) {
		for (const [at, question] of sides[asked]!.entries()) {
			const found = await surprises(model, { question, asked, answers: sides[1 - asked]! });
			if (found.every((surprise, other) => other === at || surprise > found[at]!)) hits++;
		}
	}
	return hits / (2 * pairs.length);
}

function encoded({ tokenizer }: LoadedModel, { text, spans }: Sentence): Encoded {
	const { ids, starts, ends } = tokenizer.encode(text);
	const inside = (at: number): boolean => spans.some(({ start, end }) => ends[at]! > start && starts[at]! < end);
	return { ids: [...ids], content: [...ids.keys()].filter(inside) };
}

/** The mean loss of the content tokens of each answer beside the question; `asked` says on which side that stands. */
async function surprises(
	model: LoadedModel,
	{ question, asked, answers }: { readonly question: Encoded; readonly asked: number; readonly answers: Encoded[] },
): Promise<number[]> {
	const { cls, sep, mask } = model.tokenizer.special;
	const around = { lead: "", tail: "", head: "", sees: new Set<number>() } as const;
	const [left, right] = asked === 0 ? [[cls, ...question.ids, sep], [sep]] : [[cls], [sep, ...question.ids, sep]];
	const rows = answers.flatMap(({ ids, content }) =>
		content.map((masked): MaskedRow => {
			return { context: { ...around, left, right }, pieces: ids.map((id, at) => (at === masked ? mask : id)) };
		}),
	);
	const probabilities = await scoreRows(model, rows, { rowsPerRun: 48, masksPerRow: 1 });
	let row = 0;
	return answers.map(({ ids, content }) => {
		const losses = content.map((at) => -Math.log(Math.max(probabilities[row++]![0]![ids[at]!]!, 1e-30)));
		return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
	});
}
