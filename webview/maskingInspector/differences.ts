import type { MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { difference, share, unitOf, visible } from "./tokens.ts";

/** Tokens in the list. */
const mostListed = 40;

export interface Differences {
	readonly element: HTMLElement;
	draw(report: MasksReport, text: string): void;
}

/** The chosen tokens at which two models differ most, largest first; with one model those that it finds hardest. */
export function differences(goTo: (index: number) => void): Differences {
	const heading = element("h2", {});
	const list = element("ol", { class: "difference-list" });
	const whole = element("section", { hidden: true }, heading, list);
	return {
		element: whole,
		draw: (report, text) => {
			const both = report.models.length === 2;
			whole.hidden = report.models.length === 0;
			heading.textContent = both ? t("Where the models differ most") : t("Hardest tokens");
			const worth = (token: MasksReport["tokens"][number]): number =>
				both ? Math.abs(difference(token) ?? 0) : (token.prediction?.loss ?? 0);
			const order = report.tokens
				.map((token, index) => ({ token, index }))
				.filter(({ token }) => token.prediction !== undefined)
				.sort((a, b) => worth(b.token) - worth(a.token))
				.slice(0, mostListed);
			list.replaceChildren(
				...order.map(({ token, index }) => {
					const own = visible(text.slice(token.start, unitOf(report, index)?.end));
					const { prediction, compared } = token;
					const change = both
						? t("{0} → {1}", share(prediction?.probability ?? 0), share(compared?.probability ?? 0))
						: t("{0}, expected {1}", share(prediction?.probability ?? 0), visible(prediction?.expected[0]?.text ?? ""));
					const entry = element(
						"button",
						{ type: "button", class: "difference", click: () => goTo(index) },
						element("code", {}, own),
						element("span", { class: "note" }, change),
					);
					return element("li", {}, entry);
				}),
			);
		},
	};
}
