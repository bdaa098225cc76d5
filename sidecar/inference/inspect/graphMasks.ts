/** What a run of GraphCodeBERT masks in the functions of a file, drawn where their text stands in it. */
import { MaskwrightError } from "../../base/errors.ts";
import { collateGraph, drawTasks, graphMaskedCapacity, maskGraphRow } from "../../data/graph/collateGraph.ts";
import { type FunctionExample, graphExamplesOf } from "../../data/graph/graphExamples.ts";
import { type GraphRows, graphRowsOf } from "../../data/graph/graphRows.ts";
import type { Masking } from "../../data/masking/config.ts";
import { isSpecial } from "../../data/pieces.ts";
import type { FunctionRow, MaskedToken, MasksReport } from "../../protocol/inspect/masks.ts";
import type { Span } from "../../protocol/masks.ts";
import { nodePositions } from "../graphEncoder.ts";
import { openGraphScorer } from "../graphScorer.ts";
import type { LoadedModel, OpenOptions } from "../loadedModel.ts";
import { type Judgement, judge } from "./judgement.ts";
import { countActions, meanLoss, predictionOf } from "./maskedTokens.ts";
import type { GraphQuestion, MasksOptions, MasksQuestion } from "./masksQuestion.ts";
import { placeOfToken, placesOfCode, placesOfComment } from "./sourcePlaces.ts";

type Question = MasksQuestion & { readonly masking: Masking; readonly graph: GraphQuestion };

/** One function of the file and its row: in the run, or as if the file were the whole corpus. */
interface PlacedFunction extends FunctionExample {
	readonly row: number | undefined;
	/** By position of the row's text; undefined for special tokens and what stands nowhere in the file. */
	readonly places: readonly (Span | undefined)[];
}

/** Throws `usage` for a model that has no rows for variables, and as `openGraphScorer`. */
export async function graphMasksReport(question: Question, options: MasksOptions): Promise<MasksReport> {
	const { text, path = "", masking, graph, recipe, seed, epoch, sequenceLength } = question;
	const { model, asked, runGraphRows } = options;
	const { tokenizer } = model;
	const examples = await graphExamplesOf({ path, text }, { tokenizer, shape: graph.shape, seen: new Set() });
	const own = graphRowsOf(
		examples.map(({ example }) => example),
		graph.shape,
	);
	const found = runGraphRows === undefined ? [] : examples.map((_, row) => sameRow(runGraphRows, own, row));
	const isOfRun = found.some((row) => row !== undefined);
	const rows = isOfRun ? (runGraphRows as GraphRows) : own;
	const placed = examples.map(
		(one, row): PlacedFunction => ({ ...one, row: isOfRun ? found[row] : row, places: placesOf(text, one, model) }),
	);
	const judged: Map<string, Judgement>[] = [];
	for (const { model: one } of asked) judged.push(await predict(one, placed, { ...options, question, rows }));
	const tokens = placed
		.flatMap((one) => describe(one, { question, model, rows, judged }))
		.filter(({ start, end }) => isWithin({ start, end }, question.range))
		.sort((one, other) => one.start - other.start || one.end - other.end);
	return {
		objective: question.objective,
		unread: null,
		records: null,
		causalShare: question.causalShare,
		tokens,
		rate: masking.rate,
		recipe,
		strategies: masking.strategies.map(({ name }) => name),
		replacement: masking.replacement,
		seed,
		epoch,
		sequenceLength,
		placed: isOfRun ? "run" : "alone",
		counts: countActions(tokens, tokens.filter(({ id }) => !isSpecial(model.pieces, id)).length),
		models: asked.map(({ name }, at) => ({
			model: name,
			loss: meanLoss(tokens, at === 0 ? "prediction" : "compared"),
		})),
		repeated: 0,
		functions: placed
			.map((one) => functionRow(one, question, model))
			.filter(({ start, end }) => isWithin({ start, end }, question.range)),
	};
}

function isWithin({ start, end }: Span, range: Span | undefined): boolean {
	return range === undefined || (range.start < range.end && start < range.end && end > range.start);
}

/** The row of a run that holds the same text; undefined where none does. */
function sameRow(rows: GraphRows, own: GraphRows, row: number): number | undefined {
	const { textLength } = own;
	if (rows.textLength !== textLength) return undefined;
	const text = own.tokens.subarray(row * textLength, (row + 1) * textLength);
	for (let other = 0; other < rows.count; other++) {
		const from = other * textLength;
		if (text.every((id, at) => rows.tokens[from + at] === id)) return other;
	}
	return undefined;
}

function placesOf(
	text: string,
	{ source, example }: FunctionExample,
	{ tokenizer }: Pick<LoadedModel, "tokenizer">,
): (Span | undefined)[] {
	const places: (Span | undefined)[] = new Array(example.text.length).fill(undefined);
	const put = (of: string, inFile: Int32Array, from: number, end: number): void => {
		const { starts, ends } = tokenizer.encode(of);
		for (let at = from; at < end; at++) {
			places[at] = placeOfToken(text, inFile, { start: starts[at - from]!, end: ends[at - from]! });
		}
	};
	if (example.codeStart > 1) put(source.comment, placesOfComment(text, source), 1, example.codeStart - 1);
	put(source.code, placesOfCode(text, source), example.codeStart, example.text.length - 1);
	return places;
}

interface Described {
	readonly question: Question;
	readonly model: LoadedModel;
	readonly rows: GraphRows;
	readonly judged: readonly ReadonlyMap<string, Judgement>[];
}

/** The tokens of one function, with what the collator of a run makes of its row. */
function describe(
	{ row, example, places }: PlacedFunction,
	{ question, model, rows, judged }: Described,
): MaskedToken[] {
	const { tokenizer } = model;
	const masked =
		row === undefined
			? undefined
			: maskGraphRow(rows, row, {
					...question,
					pieces: model.pieces,
					maskId: tokenizer.special.mask,
					padId: tokenizer.special.pad,
				});
	const chosen = new Map(Array.from(masked?.positions ?? [], (position, index) => [position, index]));
	return places.flatMap((place, position): MaskedToken[] => {
		if (place === undefined) return [];
		const id = example.text[position]!;
		const index = chosen.get(position);
		const facts = { ...place, id, row: row ?? 0 };
		if (index === undefined || masked === undefined) return [{ ...facts, action: "keep", strategy: null, shown: null }];
		const input = masked.inputs[index]!;
		const [own, other] = judged.map((judgements) => judgements.get(`${row} ${position}`));
		return [
			{
				...facts,
				action: masked.actions[index]!,
				strategy: masked.strategies[index]!,
				shown: input === id ? null : tokenizer.tokenText(input),
				...(own === undefined ? {} : { prediction: predictionOf(model, own) }),
				...(other === undefined ? {} : { compared: predictionOf(model, other) }),
			},
		];
	});
}

function functionRow(
	{ row, source, example, places }: PlacedFunction,
	{ graph, seed, epoch }: Question,
	{ tokenizer }: LoadedModel,
): FunctionRow {
	const { structure } = graph;
	const tasks = row === undefined ? undefined : drawTasks(example, row, { structure, seed, epoch });
	const { chunk } = source;
	const sources = example.nodes.map((_, node) => example.edges.flatMap(([to, from]) => (to === node ? [from] : [])));
	const codeTokens = example.text.length - 1 - example.codeStart;
	return {
		start: chunk.start,
		end: chunk.end,
		symbol: chunk.symbol,
		row: row ?? null,
		commentTokens: Math.max(0, example.codeStart - 2),
		cut: tokenizer.encode(source.code).ids.length > codeTokens,
		variables: example.nodes.map(([first, end], node) => ({
			start: places[first]?.start ?? chunk.start,
			end: places[end - 1]?.end ?? chunk.start,
			sources: sources[node]!,
			edgesHidden: tasks?.edges?.hidden.has(node) === true,
			linksHidden: tasks?.alignments?.hidden.has(node) === true,
		})),
	};
}

/** What a model says of each masked token, by `row position`, when it sees the row with its whole data flow. */
async function predict(
	model: LoadedModel,
	functions: readonly PlacedFunction[],
	{ question, rows, open, signal }: MasksOptions & { readonly question: Question; readonly rows: GraphRows },
): Promise<Map<string, Judgement>> {
	const { masking, graph, seed, epoch, top, range } = question;
	const { textLength, nodes } = graph.shape;
	requireVariables(model, textLength);
	const { config, tokenizer, pieces } = model;
	const { mask: maskId, pad: padId } = tokenizer.special;
	const maskedRows = graphMaskedCapacity(1, textLength, masking);
	const shape = { config, rows: 1, textLength, nodes, maskedRows };
	const scorer = await openGraphScorer(model, { shape, ...(open as OpenOptions) });
	const judgements = new Map<string, Judgement>();
	try {
		for (const { row, source } of functions) {
			if (row === undefined || !isWithin(source.chunk, range)) continue;
			if (signal?.aborted) throw new MaskwrightError("interrupted", "The model was stopped before it was done.");
			const layout = { attention: graph.attention, structure: {}, ...nodePositions(config) };
			const batch = collateGraph(rows, [row], { masking, pieces, maskId, padId, seed, epoch, ...layout });
			const probabilities = await scorer.score(batch);
			const size = config.vocabularySize;
			batch.maskedPositions.forEach((position, index) => {
				if (batch.weights[index] === 0) return;
				const judged = probabilities.subarray(index * size, (index + 1) * size);
				judgements.set(`${row} ${position}`, judge(model, judged, { truth: batch.labels[index]!, top }));
			});
		}
	} finally {
		await scorer.release();
	}
	return judgements;
}

function requireVariables({ config }: LoadedModel, textLength: number): void {
	if (config.architecture === "roberta" && config.maxPositions >= textLength) return;
	throw new MaskwrightError(
		"usage",
		"The model was not made for rows of functions with their variables, so it cannot be asked about them. Choose one that a recipe of GraphCodeBERT trained.",
	);
}
