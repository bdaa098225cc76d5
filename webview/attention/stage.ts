import type { SaliencyReport } from "../../sidecar/protocol/inspect/saliency.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import type { Notice } from "../ui/notice.ts";
import { onThemeChange } from "../ui/theme.ts";
import { type ExportFormat, noteText } from "./exports.ts";
import { type HeadActions, headArea } from "./headArea.ts";
import { legend } from "./legend.ts";
import { currentPalette } from "./palette.ts";
import { type PictureActions, pictureArea } from "./pictureArea.ts";
import { type Message, type PlacardAct, placard } from "./placard.ts";
import { headReadout, saliencyReadout, tokenReadout } from "./readout.ts";
import type { Hit, Scene } from "./scene.ts";
import { tables } from "./tables.ts";
import { toolbar } from "./toolbar.ts";
import { isSaliency, type View } from "./view.ts";

/** What is to be seen. */
export interface Shown {
	/** In the place of everything else. */
	readonly message: Message | undefined;
	/** As a tab shows the document; undefined before there is one. */
	readonly name: string | undefined;
	readonly view: View;
	/** Undefined until the tokens are there. */
	readonly scene: Scene | undefined;
	readonly saliency: SaliencyReport | undefined;
}

export interface StageActions {
	readonly change: (change: Partial<View>) => void;
	readonly save: (format: ExportFormat) => void;
	readonly look: () => void;
	readonly cancel: () => void;
	readonly act: (what: PlacardAct) => void;
	readonly heads: HeadActions;
	readonly picture: Omit<PictureActions, "zoom">;
}

/** The parts of the panel's page; it draws them with the next frame, and no more than has changed. */
export class Stage {
	readonly #shown: () => Shown;
	readonly #placard;
	readonly #toolbar;
	readonly #heads;
	readonly #picture;
	readonly #progress: HTMLElement;
	readonly #tables = tables();
	readonly #legend = legend();
	readonly #title = element("h1");
	readonly #facts = element("p", { class: "facts" });
	readonly #readout = element("p", { class: "readout" });
	readonly #spoken = element("div", { class: "for-screen-readers", "aria-live": "polite" });
	readonly #content: HTMLElement;
	#palette = currentPalette();
	/** 0: all of the matrix is seen, whatever the size of the window. */
	#zoom = 0;
	#frame: number | undefined;
	/** Whether more than the picture is to be drawn. */
	#whole = true;
	#tablesShow = "";

	constructor(actions: StageActions, { notice, shown }: { readonly notice: Notice; readonly shown: () => Shown }) {
		this.#shown = shown;
		this.#placard = placard(actions.act);
		this.#toolbar = toolbar(actions);
		this.#heads = headArea(actions.heads);
		const zoom = (to: number) => {
			this.#zoom = to;
			this.render();
		};
		this.#picture = pictureArea({ ...actions.picture, zoom });
		this.#progress = element(
			"div",
			{ class: "progress", role: "status", hidden: true },
			element("progress"),
			element("span", {}, t("The model is looking...")),
			element("button", { type: "button", class: "button", click: actions.cancel }, t("Cancel")),
		);
		const main = element("div", { class: "main" }, this.#picture.element, this.#legend.element, this.#readout);
		this.#content = element(
			"main",
			{ hidden: true },
			this.#toolbar.element,
			element("div", { class: "body" }, this.#heads.element, main),
			this.#tables.element,
		);
		const header = element("header", {}, this.#title, this.#facts, element("p", { class: "note" }, noteText()));
		document.body.append(notice.element, header, this.#progress, this.#placard.element, this.#content, this.#spoken);
		onThemeChange(() => {
			this.#palette = currentPalette();
			this.render();
		});
	}

	/** How pictures are drawn. */
	get lens(): Pick<Scene, "palette" | "zoom"> {
		return { palette: this.#palette, zoom: this.#zoom };
	}

	/** Shows all of the matrix again. */
	forgetZoom(): void {
		this.#zoom = 0;
	}

	busy(busy: boolean): void {
		this.#progress.hidden = !busy;
	}

	/** Scrolls a token into sight. */
	show(hit: Hit): void {
		this.#picture.show(hit);
	}

	/** Tells screen readers. */
	speak(sentence: string): void {
		setText(this.#spoken, sentence);
	}

	/** Draws everything anew with the next frame. */
	render(): void {
		this.#whole = true;
		this.#tablesShow = "";
		this.draw();
	}

	/** Draws the pictures with the next frame. */
	draw(): void {
		this.#frame ??= requestAnimationFrame(() => {
			this.#frame = undefined;
			this.#drawNow();
		});
	}

	#drawNow(): void {
		const { message, name, scene: unfitted } = this.#shown();
		this.#placard.show(message);
		this.#content.hidden = unfitted === undefined || message !== undefined;
		if (unfitted === undefined) {
			setText(this.#title, name ?? t("Attention"));
			setText(this.#facts, "");
			return;
		}
		const zoom = this.#zoom === 0 ? this.#picture.fitting(unfitted.seen.tokens.length) : this.#zoom;
		const scene = { ...unfitted, zoom };
		if (this.#whole) this.#drawFrame(scene);
		this.#whole = false;
		this.#picture.update(scene);
		this.#legend.update(scene);
		setText(this.#readout, this.#readoutOf(scene));
		this.#drawTables(scene);
	}

	/** All but what changes with the token that is meant. */
	#drawFrame(scene: Scene): void {
		const { seen, view } = scene;
		const { model, layerCount, headCount } = seen.view;
		this.#toolbar.update(view, seen.view);
		this.#heads.update(scene);
		setText(this.#title, seen.document.name);
		const facts = t("{0}: {1} tokens, {2} layers of {3} heads.", model, seen.tokens.length, layerCount, headCount);
		setText(this.#facts, facts);
	}

	#drawTables(scene: Scene): void {
		const { table } = scene.view;
		this.#tables.element.hidden = !table;
		const show = `${scene.token}`;
		if (table && this.#tablesShow !== show) this.#tables.update(scene);
		this.#tablesShow = show;
	}

	#readoutOf(scene: Scene): string {
		const { saliency } = this.#shown();
		const head = isSaliency(scene.view.source)
			? saliency === undefined
				? t("Click a token: it is masked, and its prediction is explained.")
				: saliencyReadout(saliency)
			: headReadout(scene.seen, scene.view);
		return [head, tokenReadout(scene)].filter((part) => part !== undefined).join(" ");
	}
}
