import { createHash } from "node:crypto";
import type { Document } from "./document.ts";

/** How much of a corpus is drawn, and by which seed. */
export interface SampleSize {
	/** UTF-16 code units of text; fewer only where the whole corpus is shorter. */
	readonly characters: number;
	readonly seed: number;
}

/**
 * A sample of the documents of a corpus that need not fit into memory: each gets a number from the seed and its content
 * hash, and the smallest numbers whose texts together reach `characters` stay. The sample depends neither on the order
 * nor on the paths of the documents, and of the same text twice one is drawn.
 */
export class DocumentSample {
	private readonly size: SampleSize;
	/** In the order of their draws, smallest first. */
	private drawn: { readonly draw: number; readonly document: Document; readonly order: number }[] = [];
	private characters = 0;
	private offered = 0;

	constructor(size: SampleSize) {
		this.size = size;
	}

	/** Whether a text of this hash would be drawn now; one that would not, never will be. */
	wants(hash: string): boolean {
		return this.characters < this.size.characters || drawOf(hash, this.size.seed) < this.drawn.at(-1)!.draw;
	}

	/** Takes a document that `wants` told of, and lets go of those that it makes one too many. */
	add(document: Document): void {
		const draw = drawOf(document.hash, this.size.seed);
		let at = this.drawn.length;
		while (at > 0 && this.drawn[at - 1]!.draw > draw) at--;
		this.drawn.splice(at, 0, { draw, document, order: this.offered++ });
		this.characters += document.text.length;
		for (;;) {
			const last = this.drawn.at(-1)!.document;
			if (this.characters - last.text.length < this.size.characters) return;
			this.drawn.pop();
			this.characters -= last.text.length;
		}
	}

	/** The documents of the sample, in the order in which they came. */
	documents(): Document[] {
		return [...this.drawn].sort((a, b) => a.order - b.order).map(({ document }) => document);
	}
}

/** A number in [0, 2^48) from SHA-256 over the seed and the content hash. */
function drawOf(hash: string, seed: number): number {
	return createHash("sha256").update(`maskwright sample ${seed}\n${hash}`).digest().readUIntBE(0, 6);
}
