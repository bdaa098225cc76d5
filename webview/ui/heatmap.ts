/** Pictures of matrices: one pixel for each number. */

/** Shares as the sidecar sends them: one byte q for p = (q / 255)^2. */
export function shareOf(byte: number): number {
	return (byte / 255) ** 2;
}

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** A colour as a browser understands it, in numbers. */
export function rgbOf(colour: string): Rgb {
	const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	if (context === null) return [0, 0, 0];
	context.fillStyle = colour;
	context.fillRect(0, 0, 1, 1);
	const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
	return [red, green, blue];
}

export interface HeatmapOptions {
	readonly width: number;
	readonly height: number;
	readonly colour: Rgb;
	/** Bytes below it are not drawn. */
	readonly least: number;
	/** The opacity of the smallest byte that is drawn, so that it is seen in every theme; by default 0. */
	readonly faintest?: number;
	/** Rows and columns that are left out, by their place; by default none. */
	readonly leftOut?: { readonly rows: ArrayLike<unknown>; readonly columns: ArrayLike<unknown> } | undefined;
}

/** Draws bytes [height, width] in one colour, the more opaque the larger. `into` is used again where it is given. */
export function heatmap(
	bytes: Uint8Array,
	{ width, height, colour: [red, green, blue], least, faintest = 0, leftOut }: HeatmapOptions,
	into: HTMLCanvasElement = document.createElement("canvas"),
): HTMLCanvasElement {
	if (into.width !== width) into.width = width;
	if (into.height !== height) into.height = height;
	const context = into.getContext("2d");
	if (context === null || width === 0 || height === 0) return into;
	const image = context.createImageData(width, height);
	const pixels = new Uint32Array(image.data.buffer);
	const ink = (blue << 16) | (green << 8) | red; // as little-endian machines keep RGBA
	// Between square root and cube root of the share: small ones are seen, and large ones told apart.
	const opacity = (byte: number) => Math.round(255 * (faintest + (1 - faintest) * (byte / 255) ** 0.8));
	const table = Uint32Array.from({ length: 256 }, (_, byte) =>
		byte < least ? 0 : ((opacity(byte) << 24) | ink) >>> 0,
	);
	for (let row = 0, at = 0; row < height; row++) {
		const hidden = leftOut !== undefined && !!leftOut.rows[row];
		for (let column = 0; column < width; column++, at++) {
			if (hidden || leftOut?.columns[column]) continue;
			pixels[at] = table[bytes[at] as number] as number;
		}
	}
	context.putImageData(image, 0, 0);
	return into;
}
