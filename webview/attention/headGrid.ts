/** All heads as small pictures: by layer, or those first that follow the data flow. */
import { heatmap } from "../ui/heatmap.ts";
import type { Pen, Picture } from "../ui/pen.ts";
import type { Palette } from "./palette.ts";
import type { Box, Scene } from "./scene.ts";
import { type Seen, shareOfHead } from "./seen.ts";

export interface Head {
	readonly layer: number;
	readonly head: number;
}

interface Placed extends Head {
	readonly box: Box;
}

const gap = 4;
const labelWidth = 44;
const labelHeight = 18;
/** Below a picture in the order of the data flow. */
const captionHeight = 44;
const captioned = 72;

/** Heads in the order that is chosen, with their places in a grid of this width. */
export function placedHeads({ seen, view }: Scene, width: number): Placed[] {
	const { layerCount, headCount, dataflow } = seen.view;
	const shares = view.direction === "from" ? dataflow?.toSource : dataflow?.fromSource;
	if (view.order === "dataflow" && shares !== undefined && shares.length > 0) {
		const columns = Math.max(1, Math.floor(width / (captioned + gap)));
		return shares.map(({ layer, head }, at) => {
			const [x, y] = [at % columns, Math.floor(at / columns)];
			const place = { x: 2 + x * (captioned + gap), y: 2 + y * (captioned + captionHeight) };
			const box = { ...place, width: captioned, height: captioned };
			return { layer, head, box };
		});
	}
	const cell = cellSize(headCount, width);
	return Array.from({ length: layerCount * headCount }, (_, at) => {
		const [layer, head] = [Math.floor(at / headCount), at % headCount];
		const box = {
			x: labelWidth + head * (cell + gap),
			y: labelHeight + layer * (cell + gap),
			width: cell,
			height: cell,
		};
		return { layer, head, box };
	});
}

function cellSize(heads: number, width: number): number {
	return Math.max(14, Math.min(110, Math.floor((width - labelWidth) / heads) - gap));
}

export function gridSize(scene: Scene, width: number): { width: number; height: number } {
	const placed = placedHeads(scene, width);
	const byFlow = isByFlow(scene);
	return {
		width: Math.max(0, ...placed.map(({ box }) => box.x + box.width)) + 2,
		height: Math.max(0, ...placed.map(({ box }) => box.y + box.height)) + (byFlow ? captionHeight : gap),
	};
}

function isByFlow({ view, seen }: Scene): boolean {
	return view.order === "dataflow" && (seen.view.dataflow?.toSource.length ?? 0) > 0;
}

export function drawGrid(pen: Pen, scene: Scene, window: Box): void {
	const { view, palette, seen } = scene;
	const byFlow = isByFlow(scene);
	if (!byFlow) drawAxes(pen, scene, window.width);
	for (const { layer, head, box } of placedHeads(scene, window.width)) {
		if (box.y > window.y + window.height || box.y + box.height + captionHeight < window.y) continue;
		const picture = thumbnailOf(seen, { layer, head }, palette);
		if (picture !== undefined) pen.image(picture, box.x, box.y, box.width, box.height);
		const chosen = layer === view.layer && head === view.head && view.source === "head";
		pen.outline(box.x - 0.5, box.y - 0.5, box.width + 1, box.height + 1, {
			colour: chosen ? palette.foreground : palette.line,
			width: chosen ? 2.5 : 1,
		});
		const also = scene.also.find((one) => one.layer === layer && one.head === head);
		if (also !== undefined) {
			pen.outline(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1, { colour: also.colour, width: 3 });
		}
		if (byFlow) drawShare(pen, scene, { layer, head, box });
	}
}

function drawAxes(pen: Pen, { seen, palette }: Scene, width: number): void {
	const { layerCount, headCount, windows } = seen.view;
	const cell = cellSize(headCount, width);
	const style = { colour: palette.dim, font: { size: 10, family: palette.family } };
	for (let head = 0; head < headCount; head++) {
		if (cell < 20 && head % 2 === 1) continue; // two digits would touch
		pen.text(String(head), labelWidth + head * (cell + gap) + cell / 2, 8, { ...style, align: "center" });
	}
	for (let layer = 0; layer < layerCount; layer++) {
		const y = labelHeight + layer * (cell + gap) + cell / 2;
		const reach = windows[layer] ?? null;
		const name = reach === null ? String(layer) : `${layer} ±${reach}`;
		pen.text(name, labelWidth - 6, y, { ...style, align: "right" });
	}
}

/** The share on edges as a bar, that of chance as a stroke across it, and both in numbers. */
function drawShare(pen: Pen, scene: Scene, { layer, head, box }: Placed): void {
	const { palette, view } = scene;
	const found = shareOfHead(scene.seen, { layer, head, direction: view.direction });
	if (found === undefined) return;
	const y = box.y + box.height + 4;
	pen.outline(box.x, y, box.width, 5, { colour: palette.line, width: 1 });
	pen.fill(box.x, y, box.width * found.share, 5, { colour: palette.edge });
	const chance = box.x + box.width * found.chance;
	pen.lines([chance, y - 2, chance, y + 7], { colour: palette.foreground, width: 1.5 });
	const style = { colour: palette.foreground, font: { size: 10, family: palette.family } };
	pen.text(`${layer}.${head}  ${percent(found.share)}`, box.x, y + 15, style);
	const times = found.lift === null ? "" : `  ×${found.lift.toFixed(1)}`;
	pen.text(`${percent(found.chance)}${times}`, box.x, y + 28, { ...style, colour: palette.dim });
}

/** A share with two digits that count. */
export function percent(share: number): string {
	return `${Number((share * 100).toPrecision(2))}%`;
}

const pictures = new WeakMap<Seen, { colour: string; canvas: HTMLCanvasElement }>();

/** The picture of a head: all stand in one canvas below each other, which is far quicker than a canvas for each. */
function thumbnailOf(seen: Seen, { layer, head }: Head, { strong, strongRgb }: Palette): Picture | undefined {
	if (seen.thumbnails === null) return undefined;
	const { size, bytes } = seen.thumbnails;
	const { layerCount, headCount } = seen.view;
	let kept = pictures.get(seen);
	if (kept?.colour !== strong) {
		const options = { width: size, height: layerCount * headCount * size, colour: strongRgb, least: 1 };
		kept = { colour: strong, canvas: heatmap(bytes, options) };
		pictures.set(seen, kept);
	}
	return { canvas: kept.canvas, rows: { from: (layer * headCount + head) * size, count: size } };
}
