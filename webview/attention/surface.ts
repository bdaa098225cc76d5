/** A canvas that shows a part of a picture of any size; the browser's own scroll bars move it. */
import { element } from "../ui/elements.ts";
import { canvasPen, type Pen } from "../ui/pen.ts";
import type { Box } from "./scene.ts";

interface Point {
	readonly x: number;
	readonly y: number;
}

export interface SurfaceOptions {
	readonly label: string;
	/** Id of the text that tells the keys. */
	readonly help: string;
	readonly size: (width: number) => { width: number; height: number };
	readonly draw: (pen: Pen, window: Box) => void;
	/** The mouse is at a place of the picture, or has left it. */
	readonly point: (at: Point | null) => void;
	readonly press: (at: Point, event: MouseEvent) => void;
	/** Whether the key was taken. */
	readonly key: (event: KeyboardEvent) => boolean;
	/** With it, Ctrl and the wheel zoom and the mouse drags the picture. */
	readonly zoom?: (factor: number, at: Point) => void;
}

export interface Surface {
	readonly element: HTMLElement;
	/** Draws at once; the size is asked for again. */
	drawNow(): void;
	/** Scrolls a part of the picture into sight. */
	show(box: Box): void;
	/** Scrolls so that what was at one place of the picture, and is now at another, stays where it is seen. */
	follow(from: Point, to: Point): void;
	/** Scrolls to the upper left corner. */
	home(): void;
	/** What is seen. */
	window(): Box;
}

/** Pixels that a press may move and still be one. */
const steady = 4;

export function createSurface(options: SurfaceOptions): Surface {
	const { label, help, size, draw } = options;
	const canvas = element("canvas");
	const sizer = element("div", { class: "sizer" }, canvas);
	const whole = element(
		"div",
		{ class: "surface", tabindex: "0", role: "application", "aria-label": label, "aria-describedby": help },
		sizer,
	);
	let frame: number | undefined;
	const window = (): Box => {
		const { scrollLeft, scrollTop, clientWidth, clientHeight } = whole;
		return { x: scrollLeft, y: scrollTop, width: clientWidth, height: clientHeight };
	};
	const resize = () => {
		const { width, height } = size(whole.clientWidth);
		sizer.style.width = `${width}px`;
		sizer.style.height = `${height}px`;
	};
	const drawNow = () => {
		resize();
		const seen = window();
		const scale = globalThis.devicePixelRatio;
		const [across, down] = [Math.round(seen.width * scale), Math.round(seen.height * scale)];
		if (canvas.width !== across) canvas.width = across;
		if (canvas.height !== down) canvas.height = down;
		canvas.style.width = `${seen.width}px`;
		canvas.style.height = `${seen.height}px`;
		const context = canvas.getContext("2d");
		if (context === null) return;
		context.setTransform(1, 0, 0, 1, 0, 0);
		context.clearRect(0, 0, across, down);
		context.setTransform(scale, 0, 0, scale, -seen.x * scale, -seen.y * scale);
		draw(canvasPen(context), seen);
	};
	const redraw = () => {
		if (frame !== undefined) return;
		frame = requestAnimationFrame(() => {
			frame = undefined;
			drawNow();
		});
	};
	const placeOf = ({ clientX, clientY }: MouseEvent): Point => {
		const { left, top } = whole.getBoundingClientRect();
		return { x: clientX - left + whole.scrollLeft, y: clientY - top + whole.scrollTop };
	};
	listen(whole, { options, placeOf });
	whole.addEventListener("scroll", redraw, { passive: true });
	new ResizeObserver(redraw).observe(whole);
	return {
		element: whole,
		drawNow,
		show: (box) => {
			resize();
			const seen = window();
			const near = (start: number, length: number, from: number, room: number) =>
				start < from + 30 || start + length > from + room - 30 ? Math.max(0, start - room / 2) : from;
			whole.scrollTo({
				left: box.x + box.width < seen.width ? 0 : near(box.x, box.width, seen.x, seen.width),
				top: near(box.y, box.height, seen.y, seen.height),
			});
		},
		follow: (from, to) => {
			resize();
			whole.scrollTo({ left: whole.scrollLeft + to.x - from.x, top: whole.scrollTop + to.y - from.y });
		},
		home: () => whole.scrollTo({ left: 0, top: 0 }),
		window,
	};
}

function listen(
	whole: HTMLElement,
	{ options, placeOf }: { options: SurfaceOptions; placeOf: (event: MouseEvent) => Point },
): void {
	let held: { x: number; y: number; left: number; top: number; moved: boolean } | undefined;
	whole.addEventListener("pointerdown", (event) => {
		if (event.button !== 0) return;
		held = { x: event.clientX, y: event.clientY, left: whole.scrollLeft, top: whole.scrollTop, moved: false };
		if (options.zoom !== undefined) whole.setPointerCapture(event.pointerId);
	});
	whole.addEventListener("pointermove", (event) => {
		if (held !== undefined && options.zoom !== undefined) {
			const [x, y] = [event.clientX - held.x, event.clientY - held.y];
			held.moved ||= Math.hypot(x, y) > steady;
			if (held.moved) whole.scrollTo({ left: held.left - x, top: held.top - y });
		}
		if (held?.moved !== true) options.point(placeOf(event));
	});
	whole.addEventListener("pointerup", (event) => {
		if (held !== undefined && !held.moved) options.press(placeOf(event), event);
		held = undefined;
	});
	whole.addEventListener("pointercancel", () => {
		held = undefined;
	});
	whole.addEventListener("pointerleave", () => options.point(null));
	whole.addEventListener("keydown", (event) => {
		if (!event.ctrlKey && !event.metaKey && !event.altKey && options.key(event)) event.preventDefault();
	});
	whole.addEventListener(
		"wheel",
		(event) => {
			if (options.zoom === undefined || !(event.ctrlKey || event.metaKey)) return;
			event.preventDefault();
			options.zoom(Math.exp(-event.deltaY / 300), placeOf(event));
		},
		{ passive: false },
	);
}
