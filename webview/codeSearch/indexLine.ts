import type { IndexStatus } from "../../sidecar/protocol/search.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { formatBytes, formatCount } from "../ui/format.ts";

/** The line that says how far the index is, with a bar while it works. */
export interface IndexLine {
	readonly element: HTMLElement;
	update(statuses: readonly IndexStatus[]): void;
}

export function indexLine(): IndexLine {
	const bar = element("progress", { "aria-label": t("Indexing") });
	const text = element("span", { class: "index-text" });
	const whole = element("div", { class: "index-line", hidden: true }, bar, text);
	return {
		element: whole,
		update: (statuses) => {
			const said = indexText(statuses);
			whole.hidden = said === undefined;
			if (said === undefined) return;
			setText(text, said.text);
			whole.title = said.title;
			bar.hidden = said.share === undefined;
			if (said.share === null) bar.removeAttribute("value");
			else if (said.share !== undefined) bar.value = said.share;
		},
	};
}

interface IndexText {
	readonly text: string;
	readonly title: string;
	/** Between 0 and 1; null: cannot be told; undefined: nothing is under way. */
	readonly share: number | null | undefined;
}

/** What is said of the indexes that are searched; undefined where there is none. */
export function indexText(statuses: readonly IndexStatus[]): IndexText | undefined {
	const there = statuses.filter(({ state }) => state !== "none");
	if (there.length === 0) return undefined;
	const files = sum(there, (status) => status.files);
	const of = sum(there, (status) => status.of);
	const title = titleOf(there);
	const failure = there.find(({ state }) => state === "failed")?.message;
	if (there.some(({ state }) => state === "scanning")) {
		return { text: joined(t("Looking for files"), filesText(files, of)), title, share: null };
	}
	if (there.some(({ state }) => state === "indexing")) {
		return { text: joined(filesText(files, of), left(there)), title, share: of === 0 ? null : files / of };
	}
	if (there.some(({ state }) => state === "embedding")) {
		const chunks = sum(there, (status) => status.chunks);
		const embedded = sum(there, (status) => status.embedded);
		const text = t("Words are indexed · meaning: {0} of {1} parts", formatCount(embedded), formatCount(chunks));
		return { text: joined(text, left(there)), title, share: chunks === 0 ? null : embedded / chunks };
	}
	return {
		text: failure ?? joined(filesOnly(files), formatBytes(sum(there, ({ bytes }) => bytes))),
		title,
		share: undefined,
	};
}

function titleOf(statuses: readonly IndexStatus[]): string {
	return statuses
		.map(({ folder, model, message, chunks, watching }) =>
			[
				folder,
				t("{0} functions, classes and blocks", formatCount(chunks)),
				message ?? (model === null ? t("by words alone") : t("by words and by meaning, with {0}", model)),
				...(watching ? [t("changes are taken up by themselves")] : []),
			].join("\n"),
		)
		.join("\n\n");
}

function filesText(files: number, of: number): string {
	return t("{0} of {1} files", formatCount(files), formatCount(of));
}

function filesOnly(files: number): string {
	return files === 1 ? t("1 file indexed") : t("{0} files indexed", formatCount(files));
}

/** Time left of the slowest; nothing where one cannot tell. */
function left(statuses: readonly IndexStatus[]): string {
	const working = statuses.filter(({ state }) => state !== "ready" && state !== "failed");
	const seconds = working.map(({ secondsLeft }) => secondsLeft);
	if (seconds.length === 0 || seconds.includes(null)) return "";
	return t("{0} left", roughly(Math.max(...seconds.map((value) => value ?? 0))));
}

/** As precise as a glance needs. */
function roughly(seconds: number): string {
	if (seconds < 60) return t("{0} s", Math.max(1, Math.round(seconds)));
	const minutes = Math.round(seconds / 60);
	if (minutes < 60) return t("{0} min", minutes);
	return minutes % 60 === 0 ? t("{0} h", minutes / 60) : t("{0} h {1} min", Math.floor(minutes / 60), minutes % 60);
}

function joined(...parts: readonly string[]): string {
	return parts.filter((part) => part !== "").join(" · ");
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
	return items.reduce((total, item) => total + value(item), 0);
}
