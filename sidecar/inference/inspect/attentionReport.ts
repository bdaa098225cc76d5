import { MaskwrightError } from "../../base/errors.ts";
import type {
	AttentionReport,
	AttentionToken,
	AttentionView,
	DataflowAttention,
} from "../../protocol/inspect/attention.ts";
import type { SaliencyReport } from "../../protocol/inspect/saliency.ts";
import type { Span } from "../../protocol/masks.ts";
import type { OpenOptions } from "../loadedModel.ts";
import { type AttentionWish, quantized, type SeenAttention, seeAttention } from "./attention.ts";
import { attentionReach } from "./attentionReach.ts";
import { dataflowIn, type PlacedDataflow } from "./dataflowEdges.ts";
import { headShares, tokenPairs } from "./edgeAttention.ts";
import { expectedTexts } from "./judgement.ts";
import type { NamedModel } from "./masksQuestion.ts";
import { type MatrixPart, partOfMatrix, type TokenSpan } from "./matrixPart.ts";
import { explainPrediction } from "./saliency.ts";
import { type InspectedRow, inspectedRow } from "./textTokens.ts";
import { tokenClasses } from "./tokenClasses.ts";

/** A part of a text to be seen as one document. */
export interface InspectedText {
	readonly text: string;
	readonly range?: Span | undefined;
	/** The code unit around which tokens are taken, where the part has more than the model sees. */
	readonly around?: number | undefined;
	/** Of the file; its end tells the language. */
	readonly path?: string | undefined;
}

/** By default all of a matrix, token by token. */
type PartQuestion = { readonly [Key in keyof MatrixPart]?: MatrixPart[Key] | undefined };

export interface ViewQuestion extends InspectedText, Omit<AttentionWish, "pairs">, PartQuestion {
	readonly dataflow: boolean;
}

/** What a panel draws, in bytes. Throws `usage`, `tooLong`, and as `seeAttention`. */
export async function attentionView(
	named: NamedModel,
	question: ViewQuestion,
	open: OpenOptions,
): Promise<AttentionView> {
	const { matrices, rollouts, thumbnails } = question;
	const { layers, heads } = named.model.config;
	for (const { layer, head } of matrices) requireThere({ layer, head, layers, heads });
	for (const layer of rollouts) requireThere({ layer, head: 0, layers, heads });
	const { shape, seen } = await look(named, question, { wish: { matrices, rollouts, thumbnails }, open });
	const told = (matrix: Float32Array) => tell(matrix, shape.tokens.length, question);
	return {
		...shape,
		matrices: matrices.map((which, at) => ({ ...which, ...told(seen.matrices[at]!) })),
		rollouts: rollouts.map((layer, at) => ({ layer, ...told(seen.rollouts[at]!) })),
		thumbnails: seen.thumbnails && {
			size: seen.thumbnails.size,
			tokensPerCell: seen.thumbnails.tokensPerCell,
			bytes: base64(quantized(seen.thumbnails.data)),
		},
	};
}

/** The part of a matrix [n, n] that was asked for, by default all. */
function tell(matrix: Float32Array, n: number, { queries, keys, cell = 1, strongest = 0 }: PartQuestion) {
	const within = ({ start, end }: TokenSpan = { start: 0, end: n }): TokenSpan => {
		return { start: Math.min(start, n), end: Math.min(Math.max(start, end), n) };
	};
	const part = { queries: within(queries), keys: within(keys), cell, strongest };
	const found = partOfMatrix(matrix, n, part);
	return {
		queries: part.queries,
		keys: part.keys,
		cell,
		bytes: base64(found.cells),
		strongest: found.strongest && {
			count: found.strongest.keys.length / n,
			keys: base64(new Uint8Array(found.strongest.keys.buffer)),
			bytes: base64(found.strongest.shares),
		},
	};
}

export interface ReportQuestion extends InspectedText {
	/** By default all. */
	readonly layer?: number | undefined;
	readonly head?: number | undefined;
	readonly rollout: boolean;
}

/** More numbers than this are no longer printed: some 200 MB of JSON. */
const mostNumbers = 20_000_000;

/** The probabilities themselves. Throws `usage` for too many of them, and as `attentionView`. */
export async function attentionReport(
	named: NamedModel,
	question: ReportQuestion,
	open: OpenOptions,
): Promise<AttentionReport> {
	const { layers, heads } = named.model.config;
	const { layer, head, rollout } = question;
	requireThere({ layer: layer ?? 0, head: head ?? 0, layers, heads });
	const shownLayers = layer === undefined ? [...Array(layers).keys()] : [layer];
	const shownHeads = head === undefined ? [...Array(heads).keys()] : [head];
	const matrices = shownLayers.flatMap((one) => shownHeads.map((other) => ({ layer: one, head: other })));
	const row = rowOf(named, question);
	const n = row.ids.length;
	if (matrices.length * n * n > mostNumbers) {
		throw new MaskwrightError(
			"usage",
			`That is ${matrices.length} matrices of ${n} by ${n}. Name one layer or head of them, or fewer lines.`,
		);
	}
	const wish = { matrices, rollouts: rollout ? [shownLayers.at(-1)!] : [], thumbnails: false };
	const { shape, seen } = await look(named, { ...question, dataflow: true }, { wish, open });
	const rounded = (matrix: Float32Array): number[][] =>
		Array.from({ length: n }, (_, query) =>
			Array.from(matrix.subarray(query * n, (query + 1) * n), (share) => Number(share.toPrecision(7))),
		);
	return {
		...shape,
		layers: shownLayers.map((_, at) =>
			shownHeads.map((_, other) => rounded(seen.matrices[at * shownHeads.length + other]!)),
		),
		firstLayer: shownLayers[0]!,
		firstHead: shownHeads[0]!,
		rollout: rollout ? rounded(seen.rollouts[0]!) : null,
	};
}

export interface SaliencyQuestion extends InspectedText {
	/** A code unit of the token that is masked. */
	readonly at: number;
	readonly target?: number | undefined;
}

/** What a prediction is owed to. Throws `usage` where no token stands at the place, and as `inspectedRow`. */
export async function saliencyReport(
	named: NamedModel,
	question: SaliencyQuestion,
	options: OpenOptions & { readonly signal?: AbortSignal },
): Promise<SaliencyReport> {
	const { model, name } = named;
	const { at, target } = question;
	const row = rowOf(named, question);
	const position = row.ids.findIndex(
		(_, token) => !row.special[token] && row.starts[token]! <= at && at < row.ends[token]!,
	);
	if (position < 0) throw new MaskwrightError("usage", `No token of what is looked at stands at ${at} of the text.`);
	if (target !== undefined && target >= model.config.vocabularySize) {
		throw new MaskwrightError("usage", `The model has no token of the number ${target}.`);
	}
	const found = await explainPrediction(model, row.ids, {
		position,
		...options,
		...(target !== undefined && { target }),
	});
	return {
		tokens: tokensOf(row, await tokenClasses(question, row)),
		model: name,
		position,
		target: {
			id: found.target,
			text: model.tokenizer.tokenText(found.target),
			probability: found.judgement.probability,
		},
		expected: expectedTexts(model, found.judgement),
		inputTimesGradient: [...found.inputTimesGradient],
		integratedGradients: [...found.integratedGradients],
		difference: found.difference,
		missing: found.missing,
		points: found.points,
	};
}

async function look(
	named: NamedModel,
	question: InspectedText & { readonly dataflow: boolean },
	{ wish, open }: { readonly wish: Omit<AttentionWish, "pairs">; readonly open: OpenOptions },
): Promise<{
	shape: Pick<AttentionView, "tokens" | "model" | "layerCount" | "headCount" | "windows" | "dataflow" | "noDataflow">;
	seen: SeenAttention;
}> {
	const { model, name } = named;
	const { config } = model;
	const row = rowOf(named, question);
	const place = { start: row.starts[0]!, end: row.ends[row.ends.length - 1]! };
	const flow: PlacedDataflow = question.dataflow
		? await dataflowIn(question.text, place, question.path)
		: { why: "It was not asked for." };
	const edges = "edges" in flow ? flow.edges : [];
	const pairs = question.dataflow ? [tokenPairs(row, edges, "toSource"), tokenPairs(row, edges, "fromSource")] : [];
	const seen = await seeAttention(model, row, { wish: { ...wish, pairs }, ...open });
	const sharesOf = (set: 0 | 1) =>
		headShares(config, pairs[set]!, { sums: seen.pairSums[set]!, tokens: row.ids.length });
	const dataflow: DataflowAttention | null =
		"edges" in flow
			? { language: flow.language, edges: [...flow.edges], toSource: sharesOf(0), fromSource: sharesOf(1) }
			: null;
	return {
		shape: {
			tokens: tokensOf(row, await tokenClasses(question, row)),
			model: name,
			layerCount: config.layers,
			headCount: config.heads,
			windows: Array.from({ length: config.layers }, (_, layer) => attentionReach(config, layer)),
			dataflow,
			noDataflow: "why" in flow ? flow.why : null,
		},
		seen,
	};
}

function rowOf({ model }: NamedModel, { text, range, around }: InspectedText): InspectedRow {
	return inspectedRow(model.tokenizer, text, { range, around, longest: model.config.maxPositions });
}

function tokensOf(
	{ starts, ends, texts, special }: InspectedRow,
	classes: readonly AttentionToken["syntaxClass"][],
): AttentionToken[] {
	return texts.map((text, at) => {
		return { start: starts[at]!, end: ends[at]!, text, special: special[at]!, syntaxClass: classes[at]! };
	});
}

function base64(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString("base64");
}

function requireThere(which: { layer: number; head: number; layers: number; heads: number }): void {
	const { layer, head, layers, heads } = which;
	if (layer < layers && head < heads) return;
	throw new MaskwrightError(
		"usage",
		`The model has no layer ${layer} with a head ${head}: its layers are 0 to ${layers - 1}, and the heads of each 0 to ${heads - 1}.`,
	);
}
