import {
	type AttentionDocument,
	type AttentionToPanel,
	attentionToPanelSchema,
} from "../../sidecar/protocol/panels/attention.ts";
import { openPort } from "../host/port.ts";
import { t } from "../host/texts.ts";
import { notice } from "../ui/notice.ts";
import type { AttentionPort } from "./asking.ts";
import { type ExportFormat, exportFile } from "./exports.ts";
import { Inspection } from "./inspection.ts";
import { type Message, messages, type PlacardAct } from "./placard.ts";
import { headReadout, saliencyReadout, tokenReadout } from "./readout.ts";
import type { Hit, Scene } from "./scene.ts";
import { type Seen, tokenAt, tokensAt } from "./seen.ts";
import { Stage } from "./stage.ts";
import { isSaliency, toggledHead, type View, viewFrom } from "./view.ts";
import { readableThreshold } from "./weights.ts";

/** The attention panel: what it shows and what the user does with it. */
export class AttentionPanel {
	#port: AttentionPort;
	#view: View;
	#sidecar: "stopped" | "starting" | "ready" | "failed" = "starting";
	#message: Message | undefined;
	#inspection: Inspection;
	#pointed: Hit | null = null;
	#other: number | null = null;
	#selected: ReadonlySet<number> = new Set();
	/** The threshold is to be chosen by the first matrix. */
	#fresh = false;
	#notice = notice(() => this.#port.send({ kind: "look" }));
	#stage = new Stage(
		{
			change: (change) => this.#change(change),
			save: (format) => void this.#save(format),
			look: () => this.#port.send({ kind: "look" }),
			cancel: () => this.#cancel(),
			act: (what) => this.#act(what),
			heads: {
				choose: ({ layer, head }, by) => {
					this.#change({ layer, head, source: "head" });
					if (by === "key") this.#speakHead();
				},
				add: (one) => this.#addHead(one),
				order: (order) => this.#change({ order }),
			},
			picture: {
				point: (hit) => {
					if (hit?.token === this.#pointed?.token && hit?.other === this.#pointed?.other) return;
					this.#pointed = hit;
					this.#stage.draw();
				},
				hold: (hit, by) => this.#hold(hit, by),
				enter: (hit) =>
					isSaliency(this.#view.source) ? void this.#inspection.explain(hit.token) : this.#reveal(hit.token, true),
				nextHead: (by) => this.#nextHead(by),
			},
		},
		{
			notice: this.#notice,
			shown: () => {
				const { document, seen, saliency } = this.#inspection;
				const name = (seen?.document ?? document)?.name;
				return { message: this.#message, name, view: this.#view, scene: this.#scene(), saliency };
			},
		},
	);

	constructor() {
		this.#port = openPort(attentionToPanelSchema, (message) => this.#hear(message));
		this.#view = viewFrom(this.#port.kept());
		this.#inspection = new Inspection(this.#port, {
			seen: (seen) => this.#take(seen),
			changed: (matrix) => {
				if (matrix !== undefined && this.#fresh) this.#change({ threshold: readableThreshold(matrix) });
				if (matrix !== undefined) this.#fresh = false;
				this.#stage.render();
			},
			busy: (busy) => this.#stage.busy(busy),
			failed: (sentence) => this.#fail(sentence),
			explained: (report) => this.#stage.speak(saliencyReadout(report)),
		});
		this.#port.send({ kind: "ready" });
	}

	#hear(message: AttentionToPanel): void {
		switch (message.kind) {
			case "inspect":
				if (message.document === null) {
					this.#inspection.stop();
					this.#say(this.#view.place === null ? messages.nothing() : messages.gone());
				} else this.#look(message.document);
				return;
			case "goOn":
				if (this.#view.place === null) this.#say(messages.nothing());
				else this.#port.send({ kind: "open", place: this.#view.place });
				return;
			case "sidecar": {
				const back = message.state === "ready" && this.#sidecar !== "ready";
				this.#sidecar = message.state;
				if (back) this.#lookAgain();
				return;
			}
			case "models":
				this.#lookAgain();
				return;
			case "edited":
				if (message.uri !== this.#inspection.document?.uri || this.#inspection.seen === undefined) return;
				this.#notice.say(t("The file was edited since. What is shown is of before."), "again");
				return;
			case "selection":
				this.#select(message);
		}
	}

	/** Asks about a document; everything before it is forgotten. */
	#look(document: AttentionDocument): void {
		const place = { uri: document.uri, span: document.span, around: document.around };
		const same = JSON.stringify(place) === JSON.stringify(this.#view.place);
		this.#fresh = !same;
		this.#pointed = null;
		this.#other = null;
		this.#selected = new Set();
		this.#stage.forgetZoom();
		this.#notice.hide();
		this.#say(undefined);
		void this.#inspection.look(document, this.#view);
		this.#change({ place, ...(same ? {} : { token: null }) });
	}

	/** After a failure, when what was missing may be there. */
	#lookAgain(): void {
		const { document } = this.#inspection;
		if (this.#message !== undefined && document !== undefined) this.#look(document);
	}

	#take(seen: Seen): void {
		const { layerCount, headCount } = seen.view;
		const { layer, head, token } = this.#view;
		this.#change({
			layer: Math.min(layer, layerCount - 1),
			head: Math.min(head, headCount - 1),
			token: token !== null && token < seen.tokens.length ? token : null,
		});
	}

	#cancel(): void {
		this.#inspection.stop();
		if (this.#inspection.seen === undefined) this.#say(messages.cancelled());
	}

	#fail(sentence: string): void {
		if (this.#inspection.seen !== undefined) this.#notice.say(sentence, "dismiss");
		else if (this.#sidecar === "failed" || this.#sidecar === "stopped") this.#say(messages.sidecar());
		else this.#say(messages.failed(sentence));
	}

	#act(what: PlacardAct): void {
		const { document } = this.#inspection;
		if (what === "again" && document !== undefined) this.#look(document);
		else if (what === "look" || what === "again") this.#port.send({ kind: "look" });
		else this.#port.send({ kind: "do", offer: what });
	}

	/** Changes what is seen, keeps it for a reload, asks for what is missing and draws. */
	#change(change: Partial<View>): void {
		Object.assign(this.#view, change);
		this.#port.keep(this.#view);
		void this.#inspection.want(this.#view);
		this.#stage.render();
	}

	#hold(hit: Hit | null, by: "mouse" | "key"): void {
		const token = hit?.token ?? null;
		this.#pointed = null;
		this.#other = hit?.other ?? null;
		this.#change({ token });
		if (hit === null || token === null) return;
		this.#reveal(token, false);
		if (isSaliency(this.#view.source) && by === "mouse") void this.#inspection.explain(token);
		if (by === "mouse") return;
		this.#stage.show(hit);
		const scene = this.#scene();
		if (scene !== undefined) this.#stage.speak(tokenReadout(scene) ?? "");
	}

	#nextHead(by: number): void {
		const { seen } = this.#inspection;
		const shape = seen?.view;
		if (shape === undefined) return;
		const all = shape.layerCount * shape.headCount;
		const at = (this.#view.layer * shape.headCount + this.#view.head + by + all) % all;
		const [layer, head] = [Math.floor(at / shape.headCount), at % shape.headCount];
		this.#change({ layer, head, source: "head" });
		this.#speakHead();
	}

	/** Keeps a head among those whose lines are drawn, each in its colour, as BertViz does; or lets it go. */
	#addHead({ layer, head }: { layer: number; head: number }): void {
		const also = toggledHead(this.#view, { layer, head });
		const isKept = also.length > this.#view.also.length;
		this.#change({ picture: "lines", source: "head", also });
		const name = t("Layer {0}, head {1}.", layer, head);
		this.#stage.speak(`${name} ${isKept ? t("Its lines stay beside those of others.") : t("It is let go.")}`);
	}

	#speakHead(): void {
		const { seen } = this.#inspection;
		if (seen !== undefined) this.#stage.speak(headReadout(seen, this.#view));
	}

	#reveal(token: number, focus: boolean): void {
		const { document, seen } = this.#inspection;
		const found = seen?.tokens[token];
		if (document === undefined || found === undefined || found.special) return;
		const lead = found.text.trim() === "" ? 0 : found.text.length - found.text.trimStart().length;
		const span = { start: found.start + lead, end: found.end };
		this.#port.send({ kind: "reveal", uri: document.uri, version: document.version, span, focus });
	}

	/** The editor's selection is shown on the tokens. */
	#select({ uri, version, span }: Extract<AttentionToPanel, { kind: "selection" }>): void {
		const { document, seen } = this.#inspection;
		if (document === undefined || seen === undefined || uri !== document.uri || version !== document.version) return;
		const at = span.start === span.end ? tokenAt(seen.tokens, span.start) : null;
		const tokens = at === null ? tokensAt(seen.tokens, span) : [at];
		this.#selected = new Set(tokens);
		const [first] = tokens;
		if (first !== undefined) this.#stage.show({ token: first, other: null });
		this.#stage.draw();
	}

	async #save(format: ExportFormat): Promise<void> {
		const scene = this.#scene();
		if (scene === undefined) return;
		try {
			const path = await this.#port.save(exportFile(format, { ...scene, other: null }, this.#inspection.saliency));
			if (path !== null) this.#stage.speak(t("Saved as {0}", path));
		} catch (error) {
			this.#notice.say(error instanceof Error ? error.message : String(error), "dismiss");
		}
	}

	#say(message: Message | undefined): void {
		this.#message = message;
		this.#stage.render();
	}

	#scene(): Scene | undefined {
		return this.#inspection.scene(this.#view, {
			token: this.#pointed?.token ?? this.#view.token,
			other: this.#pointed === null ? this.#other : this.#pointed.other,
			selected: this.#selected,
			...this.#stage.lens,
		});
	}
}
