import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { shownPicture } from "./exports.ts";
import type { Scene } from "./scene.ts";
import { isSaliency } from "./view.ts";

/** What the marks of the picture mean. */
export function legend(): { readonly element: HTMLElement; update(scene: Scene): void } {
	const list = element("ul", { class: "legend", "aria-label": t("Legend") });
	let shown = "";
	return {
		element: list,
		update: (scene) => {
			const marks = marksOf(scene);
			const key = JSON.stringify(marks);
			if (key === shown) return;
			shown = key;
			list.replaceChildren(
				...marks.map(([mark, text]) =>
					element("li", {}, element("span", { class: `mark ${mark}`, "aria-hidden": "true" }), text),
				),
			);
		},
	};
}

function marksOf({ view, seen, reach, token, also }: Scene): [mark: string, text: string][] {
	const picture = shownPicture(view);
	const marks: [string, string][] = [];
	if (isSaliency(view.source)) {
		marks.push(["for", t("speaks for the true token")], ["against", t("speaks against it")]);
		marks.push(["masked", t("masked and explained")]);
	} else {
		const held = token === null ? t("mean over the tokens") : t("of the held token");
		if (also.length > 0) marks.push(["for", t("layer {0}, head {1}", view.layer, view.head)]);
		else marks.push(["for", picture === "code" ? t("attention, {0}", held) : t("attention, stronger the more")]);
	}
	also.forEach(({ layer, head }, at) => {
		marks.push([`also also-${at}`, t("layer {0}, head {1}", layer, head)]);
	});
	if (view.edges && seen.edges.length > 0) {
		const flow = { code: t("data flow, from use to source (dot)"), lines: t("data flow"), matrix: t("data flow") };
		marks.push([picture === "code" ? "arc" : picture === "lines" ? "dashes" : "frame", flow[picture]]);
	}
	if (reach !== null) marks.push(["window", t("as far as the layer sees: {0} tokens to either side", reach)]);
	return marks;
}
