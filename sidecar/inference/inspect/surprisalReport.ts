import type { SurprisalPage, SurprisalReport, SurprisalToken } from "../../protocol/inspect/surprisal.ts";
import type { Span } from "../../protocol/masks.ts";
import { expectedTexts, type Judgement } from "./judgement.ts";
import type { NamedModel } from "./masksQuestion.ts";
import { bitsOf, judgeTokens, judgingOrder, lineSurprisals, pseudoPerplexityOf } from "./surprisal.ts";
import { type TextTokens, tokensOfText } from "./textTokens.ts";

/** The whole surprisal of a text, or of the tokens that touch a part of it. */
export async function surprisalReport(
	{ name, model }: NamedModel,
	{ text, range }: { readonly text: string; readonly range?: Span | undefined },
	{ signal }: { readonly signal?: AbortSignal } = {},
): Promise<SurprisalReport> {
	const tokens = tokensOfText(model.tokenizer, text);
	const indices = judgingOrder(tokens, [], range);
	const into = new Map<number, Judgement>();
	await judgeTokens(model, tokens, { indices, into, ...(signal === undefined ? {} : { signal }) });
	return {
		tokens: indices.map((index) => describe(model, tokens, { index, judgement: into.get(index)! })),
		pseudoPerplexity: pseudoPerplexityOf(into),
		lines: lineSurprisals(tokens, into),
		unit: "bits",
		model: name,
	};
}

export interface PageQuestion {
	readonly text: string;
	readonly range?: Span | undefined;
	/** What comes first. */
	readonly ranges: readonly Span[];
	readonly from: number;
	readonly milliseconds: number;
}

/** Tokens of one page at most, so that a message stays small where all is known already. */
const mostOfPage = 4000;

/**
 * The next tokens of a surprisal. The order is that of the question, and what is known is not computed again, so a
 * page needs nothing of those before it but `from`.
 */
export async function surprisalPage(
	{ name, model }: NamedModel,
	{ text, range, ranges, from, milliseconds }: PageQuestion,
	signal?: AbortSignal,
): Promise<SurprisalPage> {
	const end = performance.now() + milliseconds;
	const tokens = tokensOfText(model.tokenizer, text);
	const order = judgingOrder(tokens, ranges, range);
	const indices = order.slice(from, from + mostOfPage);
	const into = new Map<number, Judgement>();
	const done = await judgeTokens(model, tokens, {
		indices,
		into,
		enough: () => performance.now() >= end,
		...(signal === undefined ? {} : { signal }),
	});
	const next = from + done < order.length ? from + done : null;
	const summary = next === null ? await summaryOf(model, tokens, { order, signal }) : undefined;
	return {
		tokens: indices.slice(0, done).map((index) => {
			return { index, ...describe(model, tokens, { index, judgement: into.get(index)! }) };
		}),
		total: order.length,
		next,
		pseudoPerplexity: summary === undefined ? null : pseudoPerplexityOf(summary),
		lines: summary === undefined ? null : lineSurprisals(tokens, summary),
		model: name,
	};
}

/** All judgements together, which are known by now unless the text is too long to be kept. */
async function summaryOf(
	model: NamedModel["model"],
	tokens: TextTokens,
	{ order, signal }: { order: readonly number[]; signal: AbortSignal | undefined },
): Promise<Map<number, Judgement>> {
	const into = new Map<number, Judgement>();
	await judgeTokens(model, tokens, { indices: order, into, ...(signal === undefined ? {} : { signal }) });
	return into;
}

function describe(
	model: NamedModel["model"],
	{ text, starts, ends }: TextTokens,
	{ index, judgement }: { readonly index: number; readonly judgement: Judgement },
): SurprisalToken {
	const [start, end] = [starts[index]!, ends[index]!];
	return {
		start,
		end,
		text: text.slice(start, end),
		surprisal: bitsOf(judgement),
		rank: judgement.rank,
		expected: expectedTexts(model, judgement),
	};
}
