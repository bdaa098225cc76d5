import type { CancellationToken, Position, Range, TextDocuments } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { isError } from "../../base/errors.ts";
import type { Inference } from "../../compute/startInference.ts";
import { windowAround } from "../../inference/window.ts";
import { type Span, touchedMask } from "../../protocol/masks.ts";
import type { FillResult } from "../../protocol/outputs.ts";
import type { Log } from "../log.ts";

/** What may stand under one mask of a document, as it stands now. */
export interface Answer {
	readonly uri: string;
	readonly range: Range;
	/** The mask itself. */
	readonly mask: string;
	/** Best first, none empty. */
	readonly fills: Fills;
}

export interface Answers {
	/** Undefined without a mask, without a model, when cancelled, when the document has changed since, on any failure. */
	at(place: { uri: string; position: Position; token: CancellationToken }): Promise<Answer | undefined>;
	dispose(): void;
}

type Fills = FillResult["masks"][number]["candidates"];

/** The fills of one mask in one text, under way or known. */
interface Computation {
	readonly uri: string;
	/** The text that the mask is filled from, and where in it the mask begins. */
	readonly window: string;
	readonly start: number;
	readonly fills: Promise<Fills>;
	readonly abort: AbortController;
	/** Of the requests that wait, or waited, for it. */
	readonly tokens: CancellationToken[];
	done: boolean;
}

/** What inline completion, list and hover offer. */
const top = 5;

/** The mask token of the models that Maskwright trains, for as long as no model is in memory to tell its own. */
const usualMaskToken = "<mask>";

/** A mask that is being typed: by its end the model can be in memory. */
const beginsMask = /\[M(?:A(?:SK?)?)?$/;

/** Answers that are kept, so that list, hover and inline completion of one mask cost one computation. */
const kept = 8;

/** Answers for the documents of one editor. */
export function createAnswers(options: {
	readonly documents: TextDocuments<TextDocument>;
	readonly inference: Inference;
	readonly log: Log;
}): Answers {
	const { documents, inference, log } = options;
	let recent: Computation[] = []; // in the order of their beginning
	let lastFailure = "";

	/** Forgets computations, and stops those that are under way. */
	const drop = (which: (computation: Computation) => boolean): void => {
		for (const computation of recent.filter(which)) computation.abort.abort();
		recent = recent.filter((computation) => !which(computation));
	};
	const subscriptions = [
		{ dispose: inference.onChange(() => drop(({ done }) => done)) }, // another model may answer otherwise
		documents.onDidChangeContent(({ document }) => drop(({ uri, done }) => uri === document.uri && !done)),
		documents.onDidClose(({ document }) => drop(({ uri }) => uri === document.uri)),
	];

	function compute(uri: string, text: string, mask: Span): Computation {
		const { start: from, end } = windowAround(text, mask);
		const window = text.slice(from, end);
		const start = mask.start - from;
		const known = recent.find((other) => other.uri === uri && other.start === start && other.window === window);
		if (known !== undefined) return known;
		const abort = new AbortController();
		const fills = inference.fill(text, { top, signal: abort.signal, around: mask }).then(({ masks }) => {
			computation.done = true;
			const filled = masks.find((other) => other.start === mask.start);
			return filled?.candidates.filter((candidate) => candidate.text !== "") ?? [];
		});
		fills.catch(() => drop((other) => other === computation));
		const computation: Computation = { uri, window, start, fills, abort, tokens: [], done: false };
		const oldest = recent.length < kept ? undefined : recent[0];
		drop((other) => other === oldest);
		recent.push(computation);
		return computation;
	}

	async function fillsOf(computation: Computation, token: CancellationToken): Promise<Fills | undefined> {
		computation.tokens.push(token);
		const cancelled = token.onCancellationRequested(() => {
			const unwanted = computation.tokens.every((other) => other.isCancellationRequested);
			if (unwanted && !computation.done) drop((other) => other === computation);
		});
		try {
			return await computation.fills;
		} catch (error) {
			report(error);
			return undefined;
		} finally {
			cancelled.dispose();
		}
	}

	function report(error: unknown): void {
		if (isError(error, "interrupted", "noMask", "notFound")) return;
		const message = error instanceof Error ? error.message : String(error);
		if (message !== lastFailure) log("warn", `No fill: ${message}`);
		lastFailure = message;
	}

	return {
		async at({ uri, position, token }) {
			const document = documents.get(uri);
			if (document === undefined) return undefined;
			const { version } = document;
			const text = document.getText();
			const maskToken = inference.status().maskToken ?? usualMaskToken;
			const offset = document.offsetAt(position);
			const found = touchedMask(text, offset, maskToken);
			if (found === undefined) {
				if (beginsMask.test(text.slice(Math.max(0, offset - 5), offset))) inference.warm();
				return undefined;
			}
			const range = { start: document.positionAt(found.start), end: document.positionAt(found.end) };
			const fills = await fillsOf(compute(uri, text, found), token);
			const stale = documents.get(uri) !== document || document.version !== version;
			if (stale || token.isCancellationRequested || fills === undefined || fills.length === 0) return undefined;
			return { uri, range, mask: text.slice(found.start, found.end), fills };
		},
		dispose() {
			for (const subscription of subscriptions) subscription.dispose();
			drop(() => true);
		},
	};
}
