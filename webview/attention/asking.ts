import type { AttentionView } from "../../sidecar/protocol/inspect/attention.ts";
import type { SaliencyReport } from "../../sidecar/protocol/inspect/saliency.ts";
import type {
	AttentionDocument,
	AttentionToExtension,
	attentionRequests,
} from "../../sidecar/protocol/panels/attention.ts";
import type { PanelPort } from "../host/port.ts";
import { Matrix } from "./matrix.ts";
import { type Seen, seenFrom } from "./seen.ts";

export type AttentionPort = PanelPort<(typeof attentionRequests)[number], AttentionToExtension>;

/** A head, or a layer up to which attention is rolled out. */
export interface MatrixName {
	readonly layer: number;
	/** Null: the rollout. */
	readonly head: number | null;
}

/** Up to so many tokens the model shows everything in one run, and remembers it. */
const atOnce = 512;

/** Matrices of more tokens travel in cells, beside the strongest keys of each query. */
const wholeUpTo = 1024;
const strongest = 16;

/** A text of fewer characters has hardly more than `atOnce` tokens, so that its first matrix can come with the rest. */
const surelyShort = 1500;

/** Matrices that are kept: some 50 MB at the most. */
const mostKept = 48;

/** Asks the sidecar about one part of a document. What it answered is kept, and nothing is asked twice. */
export class Asking {
	readonly #port: Pick<AttentionPort, "request">;
	readonly #document: AttentionDocument;
	#controller = new AbortController();
	readonly #matrices = new Map<string, Promise<Matrix>>();
	readonly #saliencies = new Map<number, Promise<SaliencyReport>>();
	#tokens = 0;

	constructor(port: Pick<AttentionPort, "request">, document: AttentionDocument) {
		this.#port = port;
		this.#document = document;
	}

	/** Takes back what is under way. */
	stop(): void {
		this.#controller.abort();
		this.#controller = new AbortController();
	}

	/** Everything but matrices; with that of `first` where the text is short. */
	async look(first: MatrixName): Promise<Seen> {
		const { span } = this.#document;
		const also = span.end - span.start < surelyShort && first.head !== null ? [{ ...first, head: first.head }] : [];
		const view = await this.#ask({ thumbnails: true, dataflow: true, matrices: also });
		this.#tokens = view.tokens.length;
		for (const matrix of view.matrices) {
			this.#matrices.set(keyOf(matrix), Promise.resolve(new Matrix(this.#tokens, matrix)));
		}
		return seenFrom(this.#document, view);
	}

	matrix(name: MatrixName): Promise<Matrix> {
		const key = keyOf(name);
		const kept = this.#matrices.get(key);
		if (kept !== undefined) return kept;
		const asked = this.#askMatrix(name);
		this.#matrices.set(key, asked);
		if (this.#matrices.size > mostKept) this.#matrices.delete(this.#matrices.keys().next().value ?? "");
		asked.catch(() => this.#matrices.delete(key));
		return asked;
	}

	/** What the prediction of a token is owed to. */
	saliency(token: number, at: number): Promise<SaliencyReport> {
		const kept = this.#saliencies.get(token);
		if (kept !== undefined) return kept;
		const asked = this.#port.request("inspectSaliency", { ...this.#part(), at }, this.#controller.signal);
		this.#saliencies.set(token, asked);
		asked.catch(() => this.#saliencies.delete(token));
		return asked;
	}

	async #askMatrix({ layer, head }: MatrixName): Promise<Matrix> {
		const n = this.#tokens;
		const view = await this.#ask({
			...(head === null ? { rollouts: [layer] } : { matrices: [{ layer, head }] }),
			dataflow: n <= atOnce, // what is remembered was seen with it
			...(n > wholeUpTo && { cell: Math.ceil(n / wholeUpTo), strongest }),
		});
		const [found] = head === null ? view.rollouts : view.matrices;
		if (found === undefined) throw new Error("The sidecar left the matrix out. Restart it.");
		return new Matrix(n, found);
	}

	#ask(more: object): Promise<AttentionView> {
		return this.#port.request("inspectAttention", { ...this.#part(), ...more }, this.#controller.signal);
	}

	#part() {
		const { text, path, span, around } = this.#document;
		return { text, path, range: span, ...(around === null ? {} : { around }) };
	}
}

function keyOf({ layer, head }: { layer: number; head?: number | null }): string {
	return `${layer}.${head ?? "rollout"}`;
}
