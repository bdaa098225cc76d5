import type { SaliencyReport } from "../../sidecar/protocol/inspect/saliency.ts";
import type { AttentionDocument } from "../../sidecar/protocol/panels/attention.ts";
import { Asking, type AttentionPort } from "./asking.ts";
import type { Matrix } from "./matrix.ts";
import type { Scene } from "./scene.ts";
import type { Seen } from "./seen.ts";
import { type Filtered, filterTokens } from "./tokenFilter.ts";
import { isSaliency, type View } from "./view.ts";
import { attentionWeights, saliencyWeights, type TokenWeights } from "./weights.ts";

interface Listener {
	/** The tokens are there. */
	seen(seen: Seen): void;
	/** Other gradients are there, or another matrix. */
	changed(matrix?: Matrix): void;
	busy(busy: boolean): void;
	failed(sentence: string): void;
	explained(report: SaliencyReport): void;
}

/** One part of a document and what is known of it: brings what a view wants, and drops answers to what is past. */
export class Inspection {
	readonly #port: Pick<AttentionPort, "request">;
	readonly #listener: Listener;
	#asking: Asking | undefined;
	#document: AttentionDocument | undefined;
	#seen: Seen | undefined;
	#filtered: Filtered | undefined;
	#matrix: Matrix | undefined;
	#also: readonly { readonly layer: number; readonly head: number; readonly matrix: Matrix }[] = [];
	#saliency: { readonly token: number; readonly report: SaliencyReport } | undefined;
	/** Tells the last question from those before. */
	#wanted = 0;

	constructor(port: Pick<AttentionPort, "request">, listener: Listener) {
		this.#port = port;
		this.#listener = listener;
	}

	get document(): AttentionDocument | undefined {
		return this.#document;
	}

	get seen(): Seen | undefined {
		return this.#seen;
	}

	/** What the prediction was owed to that was explained last. */
	get saliency(): SaliencyReport | undefined {
		return this.#saliency?.report;
	}

	/** Asks about a document; everything before it is forgotten. */
	async look(document: AttentionDocument, { layer, head, source }: View): Promise<void> {
		this.stop();
		this.#document = document;
		this.#seen = undefined;
		this.#filtered = undefined;
		this.#matrix = undefined;
		this.#also = [];
		this.#saliency = undefined;
		const asking = new Asking(this.#port, document);
		this.#asking = asking;
		const seen = await this.#answer(() => asking.look({ layer, head: source === "head" ? head : null }));
		if (seen === undefined) return;
		this.#seen = seen;
		this.#listener.seen(seen);
	}

	/** Takes back what is under way. */
	stop(): void {
		this.#wanted++;
		this.#asking?.stop();
		this.#listener.busy(false);
	}

	/** Brings the matrix or the gradients that a view wants. */
	async want(view: View): Promise<void> {
		const { source, layer, head, token } = view;
		const [asking, seen] = [this.#asking, this.#seen];
		if (seen === undefined) return;
		this.#filtered = filterTokens(seen.tokens, view);
		if (asking === undefined) return;
		if (isSaliency(source)) {
			this.#matrix = undefined;
			this.#also = [];
			if (this.#saliency === undefined && token !== null) await this.explain(token);
			return;
		}
		const others = view.also.filter((one) => one.layer !== layer || one.head !== head);
		const heads = source === "head" && view.picture === "lines" ? others : [];
		const answer = await this.#answer(async () => ({
			matrix: await asking.matrix({ layer, head: source === "head" ? head : null }),
			also: await Promise.all(heads.map(async (one) => ({ ...one, matrix: await asking.matrix(one) }))),
		}));
		if (answer === undefined) return;
		const { matrix, also } = answer;
		const same = matrix === this.#matrix && also.length === this.#also.length;
		if (same && also.every((one, at) => one.matrix === this.#also[at]?.matrix)) return;
		this.#also = also;
		this.#matrix = matrix;
		this.#listener.changed(matrix);
	}

	/** Explains the prediction of a token, as if it were masked. */
	async explain(token: number): Promise<void> {
		const [asking, found] = [this.#asking, this.#seen?.tokens[token]];
		if (asking === undefined || found === undefined || found.special) return;
		const report = await this.#answer(() => asking.saliency(token, inkOf(found)));
		if (report === undefined) return;
		this.#saliency = { token, report };
		this.#listener.changed();
		this.#listener.explained(report);
	}

	/** What a picture is made of; undefined until the tokens are there. */
	scene(view: View, more: Pick<Scene, "token" | "other" | "selected" | "palette" | "zoom">): Scene | undefined {
		const [seen, filtered, matrix] = [this.#seen, this.#filtered, this.#matrix];
		if (seen === undefined || filtered === undefined) return undefined;
		const saliency = isSaliency(view.source);
		return {
			...more,
			seen,
			view,
			matrix: saliency ? undefined : matrix,
			also: this.#also.map((one, at) => ({ ...one, colour: more.palette.others[at] ?? more.palette.strong })),
			weights: this.#weights(view, more.token, filtered),
			filtered,
			masked: saliency ? (this.#saliency?.token ?? null) : null,
			reach: view.source === "head" ? (seen.view.windows[view.layer] ?? null) : null,
		};
	}

	#weights({ source, direction }: View, token: number | null, filtered: Filtered): TokenWeights | undefined {
		if (isSaliency(source)) return this.#saliency && saliencyWeights(this.#saliency.report, source);
		return this.#matrix && attentionWeights(this.#matrix, { token, direction, filtered });
	}

	/** The answer; undefined when another question has taken the place of this one, or when it failed. */
	async #answer<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
		const own = ++this.#wanted;
		this.#listener.busy(true);
		try {
			const result = await ask();
			return own === this.#wanted ? result : undefined;
		} catch (error) {
			const stopped = error instanceof DOMException && error.name === "AbortError";
			if (own === this.#wanted && !stopped) {
				this.#listener.failed(error instanceof Error ? error.message : String(error));
			}
			return undefined;
		} finally {
			if (own === this.#wanted) this.#listener.busy(false);
		}
	}
}

/** The first place of a token that is not blank, its start where all are. */
function inkOf({ start, text }: Seen["tokens"][number]): number {
	return text.trim() === "" ? start : start + text.length - text.trimStart().length;
}
