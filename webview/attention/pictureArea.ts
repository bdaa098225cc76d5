import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { pictureKinds, shownPicture } from "./exports.ts";
import { fittingZoom } from "./matrixPicture.ts";
import type { Hit, PictureKind, Scene } from "./scene.ts";
import { createSurface } from "./surface.ts";

export interface PictureActions {
	/** The mouse points at a token, or at none. */
	readonly point: (hit: Hit | null) => void;
	/** A token is chosen; null lets it go. */
	readonly hold: (hit: Hit | null, by: "mouse" | "key") => void;
	/** Enter: on to the editor, or an explanation. */
	readonly enter: (hit: Hit) => void;
	readonly zoom: (zoom: number) => void;
	/** By how many heads to go on. */
	readonly nextHead: (by: number) => void;
}

export interface PictureArea {
	readonly element: HTMLElement;
	/** Undefined: there is nothing to draw. */
	update(scene: Scene | undefined): void;
	/** Scrolls a token into sight. */
	show(hit: Hit): void;
	/** The zoom at which all of the matrix is seen. */
	fitting(tokens: number): number;
}

const mostZoom = 48;

/** Tokens that Page Up and Page Down pass. */
const page = 10;

export function pictureArea(actions: PictureActions): PictureArea {
	let scene: Scene | undefined;
	/** What was drawn last; the view of a scene changes under it. */
	let before: { readonly seen: Scene["seen"]; readonly kind: PictureKind } | undefined;
	const kind = (given: Scene) => pictureKinds[shownPicture(given.view)];
	const isMatrix = () => scene !== undefined && shownPicture(scene.view) === "matrix";
	const hitAt = (at: { x: number; y: number }) =>
		scene === undefined ? null : kind(scene).hit(scene, at, surface.element.clientWidth);
	const zoomBy = (factor: number, at: { x: number; y: number }) => {
		if (scene === undefined || !isMatrix()) return;
		const least = Math.min(1, fitting(scene.seen.tokens.length));
		const zoom = Math.max(least, Math.min(mostZoom, scene.zoom * factor));
		const origin = kind(scene).boxOf(scene, { token: 0, other: 0 }, 0);
		const scaled = (place: number, start: number) => start + ((place - start) * zoom) / (scene as Scene).zoom;
		const to = { x: scaled(at.x, origin.x), y: scaled(at.y, origin.y) };
		actions.zoom(zoom);
		surface.follow(at, to);
	};
	/** What a key has chosen since the last drawing: the next key may come in the same frame. */
	let ahead: Hit | undefined;
	const middle = () => {
		const { x, y, width, height } = surface.window();
		return { x: x + width / 2, y: y + height / 2 };
	};
	const fitting = (tokens: number) => fittingZoom(tokens, surface.window());
	/** A picture that was not there before begins at the token that is held, else at its start. */
	const home = (given: Scene) => {
		surface.home();
		const { token } = given.view;
		if (token !== null) surface.show(kind(given).boxOf(given, { token, other: null }, surface.element.clientWidth));
	};
	const key = (event: KeyboardEvent): boolean => {
		if (scene === undefined) return false;
		const { token, other } = scene;
		const held = ahead ?? (token === null ? undefined : { token, other });
		if (isMatrix() && zoomKey(event.key)) return true;
		if (event.key === "[" || event.key === "]") {
			actions.nextHead(event.key === "]" ? 1 : -1);
			return true;
		}
		const from: Hit = held ?? { token: firstToken(scene), other: scene.other };
		if (event.key === "Enter") {
			actions.enter(from);
			return true;
		}
		if (event.key === "Escape") {
			ahead = undefined;
			actions.hold(null, "key");
			return true;
		}
		const to = held === undefined ? from : stepTo(scene, from, event.key);
		if (to === undefined || !(event.key in directions || event.key in leaps)) return false;
		ahead = to;
		actions.hold(to, "key");
		return true;
	};
	const zoomKey = (pressed: string): boolean => {
		if (scene === undefined) return false;
		const factor = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, 0: fitting(scene.seen.tokens.length) / scene.zoom }[pressed];
		if (factor === undefined) return false;
		const held =
			scene.token === null ? undefined : kind(scene).boxOf(scene, { token: scene.token, other: scene.other }, 0);
		zoomBy(factor, held ?? middle());
		return true;
	};
	const stepTo = (given: Scene, from: Hit, pressed: string): Hit | undefined => {
		const direction = directions[pressed];
		const take = (hit: Hit, where: "left" | "right" | "up" | "down") =>
			kind(given).step(given, hit, where, surface.element.clientWidth);
		if (direction !== undefined) return take(from, direction);
		const leap = leaps[pressed];
		if (leap === undefined) return undefined;
		let hit = from;
		for (let count = 0; count < leap.count; count++) hit = take(hit, leap.where);
		return hit;
	};
	const surface = createSurface({
		label: t("Attention"),
		help: "picture-help",
		size: (width) => (scene === undefined ? { width: 0, height: 0 } : kind(scene).size(scene, width)),
		draw: (pen, window) => {
			if (scene !== undefined) kind(scene).draw(pen, scene, window);
		},
		point: (at) => actions.point(at === null ? null : hitAt(at)),
		press: (at) => actions.hold(hitAt(at), "mouse"),
		key,
		zoom: zoomBy,
	});
	surface.element.classList.add("picture");
	const help = element("p", { id: "picture-help", class: "note" });
	return {
		element: element("div", { class: "picture-area" }, surface.element, help),
		update: (given) => {
			const shown = given && { seen: given.seen, kind: kind(given) };
			const other = shown !== undefined && (shown.seen !== before?.seen || shown.kind !== before.kind);
			scene = given;
			ahead = undefined;
			before = shown;
			help.textContent = helpText(isMatrix());
			if (other && given !== undefined) home(given);
			surface.drawNow();
		},
		show: (hit) => {
			if (scene !== undefined) surface.show(kind(scene).boxOf(scene, hit, surface.element.clientWidth));
		},
		fitting,
	};
}

const directions: Readonly<Record<string, "left" | "right" | "up" | "down">> = {
	ArrowLeft: "left",
	ArrowRight: "right",
	ArrowUp: "up",
	ArrowDown: "down",
};

const leaps: Readonly<Record<string, { where: "left" | "right" | "up" | "down"; count: number }>> = {
	PageUp: { where: "up", count: page },
	PageDown: { where: "down", count: page },
	Home: { where: "left", count: 1e5 },
	End: { where: "right", count: 1e5 },
};

/** Where the keyboard begins: at the editor's selection, else at the first token that is drawn. */
function firstToken({ selected, filtered, seen }: Scene): number {
	const [first] = selected;
	const shown = seen.tokens.findIndex(({ special }, at) => !special && !filtered.hidden[at]);
	return first ?? Math.max(0, shown);
}

function helpText(matrix: boolean): string {
	const keys = t(
		"Click a token to hold it and to select it in the editor. Keys: arrows move, Enter goes to the editor, [ and ] change the head, Escape lets go.",
	);
	return matrix ? `${keys} ${t("Drag pans; + and -, or Ctrl and the wheel, zoom; 0 shows all.")}` : keys;
}
