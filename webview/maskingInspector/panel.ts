import type { MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import {
	type InspectedDocument,
	type MaskingInspectorToExtension,
	type MaskingInspectorToPanel,
	type maskingInspectorRequests,
	maskingInspectorToPanelSchema,
} from "../../sidecar/protocol/panels/maskingInspector.ts";
import { openPort, type PanelPort } from "../host/port.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { notice } from "../ui/notice.ts";
import { aboutMasks, nothingMasked, shownText, spanInFile } from "./about.ts";
import { controls } from "./controls.ts";
import { countsTable, lossLines } from "./counts.ts";
import { describeToken } from "./details.ts";
import { differences } from "./differences.ts";
import { type ExportFormat, exportFile } from "./exports.ts";
import { functionList } from "./functionList.ts";
import { unitOf } from "./tokens.ts";
import { tokenTable } from "./tokenTable.ts";
import { mostDrawn, tokenText } from "./tokenText.ts";
import { type View, viewFrom } from "./view.ts";

/** Milliseconds without a change before masks are asked for: a selection is being drawn out, or a slider moved. */
const pause = 120;

/** Of a text of more characters the masks are shown before the model has been asked about them. */
const longText = 10_000;

/** What is on show: the masks, and the document that they are of. */
interface Shown {
	readonly report: MasksReport;
	readonly document: InspectedDocument;
}

/** The masking inspector: what it shows and what the user does with it. */
export class MaskingInspectorPanel {
	#port: PanelPort<(typeof maskingInspectorRequests)[number], MaskingInspectorToExtension>;
	#view: View;
	#document: InspectedDocument | null | undefined;
	#selection: { start: number; end: number } | undefined;
	#shown: Shown | undefined;
	#asking: AbortController | undefined;
	/** What is being asked for: the same is not asked twice. */
	#question: string | undefined;
	#waiting: number | undefined;

	#notice = notice(() => this.#begin());
	#controls = controls({
		change: (change) => this.#change(change),
		table: (open) => this.#openTable(open),
		save: (format) => void this.#save(format),
	});
	#heading = element("h1", {});
	#summary = element("div", { class: "summary", role: "status" });
	#counts = element("section", {});
	#details = element("section", { class: "details", "aria-live": "polite" });
	#differences = differences((index) => {
		this.#text.goTo(index);
		this.#reveal(index);
	});
	#text = tokenText({ look: (index) => this.#look(index), reveal: (index) => this.#reveal(index) });
	#table = tokenTable();
	#tableSection = element("section", { hidden: true }, this.#table.element);
	#functions = element("section", { class: "functions" });
	#empty = element("p", { class: "note", hidden: true });
	#about = element("p", { class: "note", hidden: true });

	constructor() {
		this.#port = openPort(maskingInspectorToPanelSchema, (message) => this.#hear(message));
		this.#view = viewFrom(this.#port.kept());
		const side = element(
			"aside",
			{ class: "side" },
			this.#counts,
			this.#details,
			this.#functions,
			this.#differences.element,
		);
		const main = element("div", { class: "main" }, this.#empty, this.#about, this.#text.element, this.#tableSection);
		document.body.append(
			element("header", {}, this.#heading, this.#controls.element, this.#notice.element, this.#summary),
			element("div", { class: "columns" }, main, side),
		);
		this.#controls.update(this.#view, undefined);
		this.#tableSection.hidden = !this.#view.table;
		setText(this.#heading, t("Masking Inspector"));
		this.#port.send({ kind: "ready" });
		this.#begin();
	}

	#hear(message: MaskingInspectorToPanel): void {
		switch (message.kind) {
			case "document":
				this.#document = message.document;
				if (message.document?.uri !== this.#shown?.document.uri) this.#selection = undefined;
				this.#askSoon();
				return;
			case "selection":
				this.#selection = message.span;
				if (this.#shown?.report.records === null) this.#text.select(message.span);
				if (this.#view.selectionOnly) this.#askSoon();
				return;
			case "models":
				this.#question = undefined; // another model may answer now
				this.#begin();
				return;
			case "sidecar":
				if (message.state === "ready" && this.#shown === undefined) this.#begin();
		}
	}

	/** Reads what can be chosen from, and the masks. */
	#begin(): void {
		this.#notice.hide();
		void (async () => {
			try {
				const [recipes, models] = await Promise.all([
					this.#port.request("listRecipes", {}),
					this.#port.request("listModels", {}),
				]);
				this.#controls.offer(recipes, models);
				this.#controls.update(this.#view, this.#shown?.report);
			} catch (error) {
				this.#notice.say(sentence(error), "again");
			}
		})();
		this.#askSoon();
	}

	#change(change: Partial<View>): void {
		this.#view = { ...this.#view, ...change };
		this.#port.keep(this.#view);
		this.#controls.update(this.#view, this.#shown?.report);
		this.#askSoon();
	}

	#askSoon(): void {
		clearTimeout(this.#waiting);
		this.#waiting = window.setTimeout(() => void this.#ask(), pause);
	}

	/** Asks for what the view says; where the model cannot be asked, the masks alone are shown with the reason. */
	async #ask(): Promise<void> {
		const document = this.#document;
		const question = JSON.stringify([document, this.#view, this.#view.selectionOnly ? this.#selection : null]);
		if (question === this.#question) return;
		this.#asking?.abort();
		const asking = new AbortController();
		this.#asking = asking;
		this.#question = question;
		if (document === undefined || document === null) {
			this.#question = undefined;
			if (document === null) this.#showEmpty(t("Open a file to see what a recipe masks in it."));
			return;
		}
		const { predict, ...view } = this.#view;
		this.#text.element.setAttribute("aria-busy", "true");
		try {
			this.#notice.hide();
			const { signal } = asking;
			const masked = (of: Omit<View, "predict">) =>
				this.#port.request("inspectMasks", this.#paramsOf(document, of), signal);
			if (predict && document.text.length > longText) {
				this.#show({ report: await masked({ ...view, compare: null }), document });
				setText(this.#summary, t("The model is asked..."));
			}
			const params = { ...this.#paramsOf(document, view), predict };
			const report = await this.#port.request("inspectMasks", params, signal).catch(async (error: unknown) => {
				if (signal.aborted || !predict) throw error;
				const alone = await masked({ ...view, compare: null });
				this.#notice.say(sentence(error), "dismiss");
				return alone;
			});
			this.#show({ report, document });
		} catch (error) {
			if (asking.signal.aborted) return;
			this.#notice.say(sentence(error), "again");
		} finally {
			if (this.#asking === asking) {
				this.#question = undefined;
				this.#text.element.removeAttribute("aria-busy");
			}
		}
	}

	#paramsOf({ text, name }: InspectedDocument, view: Omit<View, "predict">) {
		const { recipe, strategy, rate, seed, epoch, model, compare, selectionOnly } = view;
		return {
			text,
			path: name,
			epoch,
			...(recipe === null ? {} : { recipe }),
			...(strategy === null ? {} : { strategy }),
			...(rate === null ? {} : { rate }),
			...(seed === null ? {} : { seed }),
			...(model === null ? {} : { model }),
			...(compare === null ? {} : { compare }),
			...(selectionOnly ? { range: this.#selection ?? { start: 0, end: 0 } } : {}),
		};
	}

	#show(shown: Shown): void {
		const { report, document } = shown;
		this.#shown = shown;
		setText(this.#heading, t("Masks in {0}", document.name));
		const why = nothingMasked(shown, this.#view.selectionOnly);
		this.#empty.hidden = why === undefined;
		setText(this.#empty, why ?? "");
		const sentences = why === undefined ? aboutMasks(report) : [];
		this.#about.hidden = sentences.length === 0;
		setText(this.#about, sentences.join(" "));
		const text = shownText(shown);
		this.#text.draw(report, text);
		this.#text.select(report.records === null ? this.#selection : undefined);
		this.#counts.replaceChildren(...(report.strategies.length === 0 ? [] : [countsTable(report)]));
		const reveal = (span: { start: number; end: number }) => this.#revealSpan(span);
		this.#functions.replaceChildren(...functionList(report, { text: document.text, reveal }));
		this.#differences.draw(report, text);
		this.#table.draw(report, text);
		this.#details.replaceChildren();
		const cut = report.tokens.length > mostDrawn ? [t("Only the first {0} tokens are drawn.", mostDrawn)] : [];
		setText(this.#summary, [...lossLines(report), ...cut].join(" · "));
		this.#controls.update(this.#view, report);
	}

	#showEmpty(why: string): void {
		this.#empty.hidden = false;
		setText(this.#empty, why);
		this.#about.hidden = true;
		this.#text.element.replaceChildren();
		this.#counts.replaceChildren();
		this.#functions.replaceChildren();
	}

	#look(index: number): void {
		const unit = this.#shown && unitOf(this.#shown.report, index);
		if (this.#shown === undefined || unit === undefined) return;
		const models = this.#shown.report.models.map(({ model }) => model);
		this.#details.replaceChildren(...describeToken(unit, shownText(this.#shown), models));
	}

	#reveal(index: number): void {
		const unit = this.#shown && unitOf(this.#shown.report, index);
		if (this.#shown === undefined || unit === undefined) return;
		this.#revealSpan(spanInFile(this.#shown, { start: unit.start, end: unit.end }));
	}

	#revealSpan(span: { start: number; end: number }): void {
		if (this.#shown === undefined) return;
		const { uri, version } = this.#shown.document;
		this.#port.send({ kind: "reveal", uri, version, span });
	}

	#openTable(open: boolean): void {
		this.#view = { ...this.#view, table: open };
		this.#port.keep(this.#view);
		this.#tableSection.hidden = !open;
		this.#controls.update(this.#view, this.#shown?.report);
		if (open) {
			this.#tableSection.scrollIntoView({ block: "nearest" });
			this.#table.focus();
		}
	}

	async #save(format: ExportFormat): Promise<void> {
		if (this.#shown === undefined) return;
		const { report, document } = this.#shown;
		try {
			await this.#port.save(exportFile(format, { report, text: shownText(this.#shown), file: document.name }));
		} catch (error) {
			this.#notice.say(sentence(error), "dismiss");
		}
	}
}

function sentence(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
