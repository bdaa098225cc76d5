import { notifications } from "../../sidecar/protocol/methods.ts";
import {
	type Asked,
	type CodeSearchToPanel,
	codeSearchToPanelSchema,
} from "../../sidecar/protocol/panels/codeSearch.ts";
import type { IndexStatus } from "../../sidecar/protocol/search.ts";
import { openPort } from "../host/port.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { ResultList, type Taking } from "../ui/resultList/resultList.ts";
import type { ResultRow } from "../ui/resultList/rows.ts";
import { askedLine } from "./askedLine.ts";
import { Asking, type CodeSearchPort, type Found, sentence } from "./asking.ts";
import { indexLine } from "./indexLine.ts";
import { asksNothing, messageFor } from "./messageFor.ts";
import { placard } from "./placard.ts";
import { type ResultRows, resultRows } from "./resultRows.ts";
import { SearchBox } from "./searchBox.ts";
import { SearchedFolders } from "./searchedFolders.ts";
import { type View, viewFrom } from "./view.ts";

/** Milliseconds without a key before a query is asked: a fast typist's pause between two words. */
const typingPause = 80;

/** Milliseconds after results of small vectors before large ones rank them too, unless something is typed. */
const settlingPause = 400;

/** Milliseconds between two times that a query is asked again because the index goes on. */
const refreshInterval = 700;

/** The code search: what it shows and what the user does with it. */
export class CodeSearchPanel {
	#port: CodeSearchPort;
	#view: View;
	#folders = new SearchedFolders();
	#trusted = true;
	#top = 50;
	#sidecar: "stopped" | "starting" | "ready" | "failed" = "starting";
	#found: Found | undefined;
	#rows: ResultRows | undefined;
	#failure: string | undefined;
	/** The results on show answer what is asked; else they wait for the answer and cannot be opened. */
	#current = false;
	/** What the user saw before a reload is to be seen again. */
	#restoring = true;
	/** Enter was pressed before the answer was there. */
	#openFirst = false;
	#typing: number | undefined;
	#settling: number | undefined;
	/** Nothing was typed for a while: the best order is worth its time. */
	#settled = false;
	#refreshing: number | undefined;
	#refreshedAt = Number.NEGATIVE_INFINITY;

	#asking: Asking;
	#box = new SearchBox({
		typed: (text) => this.#typed(text),
		entered: () => this.#enter(),
		toList: () => {
			if (!this.#list.element.hidden) this.#list.element.focus();
		},
		folder: (folder) => {
			this.#view.folder = folder;
			this.#ask({ fresh: true });
		},
	});
	#asked = askedLine(() => this.#leaveAsked());
	#index = indexLine();
	#summary = element("div", { class: "summary", role: "status" });
	#notice = element("p", { class: "note", hidden: true });
	#help = element("div", { class: "for-screen-readers", id: "search-help" });
	#placard = placard((offer) => this.#port.send({ kind: "do", offer }));
	#list = new ResultList({
		label: t("Results"),
		take: (row, how) => this.#take(row, how),
		leave: () => this.#box.focus(),
		moved: () => this.#keep(),
	});

	constructor() {
		this.#port = openPort(codeSearchToPanelSchema, (message) => this.#hear(message));
		this.#view = viewFrom(this.#port.kept());
		this.#asking = new Asking({
			port: this.#port,
			found: (found) => this.#show(found),
			failed: (message) => this.#fail(message),
		});
		if (this.#view.asked.kind === "query") this.#box.text = this.#view.asked.text;
		this.#help.textContent = t(
			"Filters are lang:, path:, symbol: and kind:. The arrow down goes to the results, Space previews one, Enter opens it, Escape comes back.",
		);
		const facts = element("div", { class: "search-facts" }, this.#summary, this.#index.element);
		const head = element("header", {}, this.#box.element, this.#asked.element, facts, this.#notice, this.#help);
		document.body.append(head, this.#placard.element, this.#list.element);
		document.addEventListener("keydown", (event) => {
			if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
				return;
			event.preventDefault();
			this.#box.focus();
		});
		this.#render();
		this.#port.send({ kind: "ready" });
	}

	#hear(message: CodeSearchToPanel): void {
		switch (message.kind) {
			case "workspace":
				this.#folders.all = message.folders;
				this.#trusted = message.trusted;
				this.#top = message.top;
				void this.#readStatuses();
				return;
			case "sidecar":
				if (this.#sidecar === message.state) return;
				this.#sidecar = message.state;
				if (message.state === "ready" && this.#folders.all !== undefined) void this.#readStatuses();
				this.#render();
				return;
			case "notification":
				if (message.name === "indexChanged")
					this.#indexChanged(notifications.indexChanged.params.parse(message.params));
				return;
			case "ask":
				if (message.asked !== null) this.#askOther(message.asked);
				if (message.asked === null || message.asked.kind === "query") this.#box.focus();
				else this.#list.element.focus();
		}
	}

	/** What the indexes of all folders say; asks what is to be asked when there is one. */
	async #readStatuses(): Promise<void> {
		try {
			await this.#folders.read(this.#port);
			this.#failure = undefined;
		} catch (error) {
			this.#fail(sentence(error));
			return;
		}
		this.#ask({ fresh: this.#found === undefined });
	}

	#indexChanged(status: IndexStatus): void {
		const noted = this.#folders.note(status);
		if (noted === "elsewhere") return;
		this.#render();
		if (noted === "cameOrWent") this.#ask({ fresh: true });
		else this.#refreshSoon();
	}

	/** Asks the same again, at most some times a second, so that results follow the files. */
	#refreshSoon(): void {
		if (asksNothing(this.#view.asked) || this.#refreshing !== undefined) return;
		const wait = Math.max(0, this.#refreshedAt + refreshInterval - performance.now());
		this.#refreshing = window.setTimeout(() => {
			this.#refreshing = undefined;
			this.#refreshedAt = performance.now();
			if (!this.#asking.busy && this.#typing === undefined) this.#ask({ fresh: false });
		}, wait);
	}

	#typed(text: string): void {
		this.#view.asked = { kind: "query", text };
		this.#openFirst = false;
		this.#restoring = false;
		this.#current = false;
		this.#asking.stop(); // what is typed has made its answer worthless
		clearTimeout(this.#typing);
		if (text.trim() === "") {
			this.#ask({ fresh: true });
			return;
		}
		this.#typing = window.setTimeout(() => this.#ask({ fresh: true }), typingPause);
		this.#render();
	}

	/** Enter in the input opens the best result, waiting for it where it is not there yet. */
	#enter(): void {
		if (this.#current) {
			this.#list.take("open");
			return;
		}
		this.#openFirst = true;
		if (this.#typing !== undefined) this.#ask({ fresh: true });
	}

	#askOther(asked: Asked): void {
		this.#restoring = false;
		this.#view.asked = asked;
		if (asked.kind === "query") this.#box.text = asked.text;
		this.#ask({ fresh: true });
	}

	/** From code like a selection, or near-duplicates, to the query that stands in the input. */
	#leaveAsked(): void {
		this.#askOther({ kind: "query", text: this.#box.text });
		this.#box.focus();
	}

	/** Asks what the view says of the folders that have an index. `fresh`: the answer begins at the top. */
	#ask({ fresh }: { fresh: boolean }): void {
		clearTimeout(this.#typing);
		clearTimeout(this.#settling);
		this.#typing = undefined;
		if (fresh) {
			this.#settled = false;
			this.#current = false;
			this.#failure = undefined;
		}
		const folders = this.#folders.indexed(this.#view.folder);
		if (asksNothing(this.#view.asked) || folders.length === 0) {
			this.#asking.stop();
			this.#found = undefined;
			this.#rows = undefined;
			this.#list.update([], { fresh: true });
		} else void this.#asking.ask(this.#view.asked, { folders, top: this.#top, rough: !this.#settled });
		this.#keep();
		this.#render();
	}

	#show(found: Found): void {
		const restoring = this.#restoring;
		const fresh = !this.#current && !restoring;
		const { selected, scrollTop } = this.#view;
		this.#restoring = false;
		this.#found = found;
		this.#rows = resultRows(found, this.#folders.names);
		this.#failure = undefined;
		this.#current = true;
		this.#render();
		this.#list.update(this.#rows.rows, { fresh, selected: restoring ? selected : fresh ? null : this.#list.selected });
		if (restoring) this.#list.scrollTo(scrollTop);
		if (found.rough) this.#settling = window.setTimeout(() => this.#settle(), settlingPause);
		if (this.#openFirst) this.#list.take("open");
		this.#openFirst = false;
	}

	/** Asks for the order by large vectors. */
	#settle(): void {
		if (this.#asking.busy || this.#typing !== undefined) return;
		this.#settled = true;
		this.#ask({ fresh: false });
	}

	#fail(message: string): void {
		this.#failure = message;
		this.#openFirst = false;
		this.#found = undefined;
		this.#rows = undefined;
		this.#list.update([], { fresh: true });
		this.#render();
	}

	#take(row: ResultRow, how: Taking): void {
		const place = this.#rows?.places.get(row.key);
		if (place === undefined || !this.#current) return;
		this.#port.send({ kind: "open", how, ...place });
	}

	#keep(): void {
		if (this.#found !== undefined) {
			this.#view.selected = this.#list.selected;
			this.#view.scrollTop = this.#list.scrollTop;
		}
		this.#port.keep(this.#view);
	}

	#render(): void {
		const statuses = this.#folders.statuses(this.#view.folder);
		this.#box.updateFolders(this.#folders.all ?? [], this.#view.folder);
		this.#asked.update(this.#view.asked);
		this.#index.update(statuses);
		setText(this.#notice, this.#found?.notice ?? "");
		this.#notice.hidden = this.#found?.notice === undefined;
		const message = messageFor({
			folders: this.#folders.all,
			sidecar: this.#sidecar,
			trusted: this.#trusted,
			statuses,
			asked: this.#view.asked,
			results: this.#rows?.places.size,
			failure: this.#failure,
		});
		this.#placard.show(message);
		this.#list.element.hidden = message !== undefined;
		const waiting = !this.#current && (this.#asking.busy || this.#typing !== undefined);
		if (waiting) this.#list.element.setAttribute("aria-busy", "true");
		else this.#list.element.removeAttribute("aria-busy");
		setText(this.#summary, this.#rows === undefined ? "" : this.#rows.summary);
		this.#summary.hidden = this.#summary.textContent === "" || (message !== undefined && this.#rows !== undefined);
	}
}
