import type { Pen } from "../ui/pen.ts";
import type { Matrix } from "./matrix.ts";
import type { Palette } from "./palette.ts";
import type { Seen } from "./seen.ts";
import type { Filtered } from "./tokenFilter.ts";
import type { View } from "./view.ts";
import type { TokenWeights } from "./weights.ts";

/** Everything that a picture is made of. */
export interface Scene {
	readonly seen: Seen;
	readonly view: View;
	/** Of the head or the rollout; undefined until it is there, and for saliency. */
	readonly matrix: Matrix | undefined;
	/** Further heads whose lines are drawn, each in its colour. */
	readonly also: readonly AlsoShown[];
	readonly weights: TokenWeights | undefined;
	readonly filtered: Filtered;
	/** The token that is pointed at, else the one that is held. */
	readonly token: number | null;
	/** In a matrix the key that is pointed at beside the query `token`. */
	readonly other: number | null;
	/** Tokens that the editor's selection touches. */
	readonly selected: ReadonlySet<number>;
	/** The token whose prediction is explained. */
	readonly masked: number | null;
	/** How far the layer sees to either side; null for all of the row. */
	readonly reach: number | null;
	readonly palette: Palette;
	/** Pixels of a token's side in the matrix. */
	readonly zoom: number;
}

export interface AlsoShown {
	readonly layer: number;
	readonly head: number;
	readonly matrix: Matrix;
	readonly colour: string;
}

/** A part of a picture, in its own pixels. */
export interface Box {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** What a picture shows at a place. */
export interface Hit {
	readonly token: number;
	readonly other: number | null;
}

/** One way to draw a scene; pixels count from the upper left corner of the whole picture. */
export interface PictureKind {
	/** Of the whole picture in a window of this width. */
	size(scene: Scene, width: number): { width: number; height: number };
	/** Draws what is seen through `window`, `width` of which the picture was sized for. */
	draw(pen: Pen, scene: Scene, window: Box): void;
	hit(scene: Scene, at: { x: number; y: number }, width: number): Hit | null;
	/** Where a token is drawn, to scroll there. */
	boxOf(scene: Scene, hit: Hit, width: number): Box;
	/** Where an arrow key leads from a token. */
	step(scene: Scene, from: Hit, key: "left" | "right" | "up" | "down", width: number): Hit;
}

/** The next token that is drawn, in steps of 1 or -1; the same one at the ends. */
export function nextShown({ filtered }: Scene, from: number, by: 1 | -1): number {
	for (let at = from + by; at >= 0 && at < filtered.hidden.length; at += by) if (!filtered.hidden[at]) return at;
	return from;
}

/** How strongly a share is drawn, from 0 to 1: as bright as its root, so that small ones are seen at all. */
export function strengthOf(share: number, largest: number): number {
	return largest === 0 ? 0 : Math.sqrt(Math.min(1, Math.abs(share) / largest));
}
