/** What is said of a token: in a line below the picture, and to screen readers. */
import type { SaliencyReport } from "../../sidecar/protocol/inspect/saliency.ts";
import { t } from "../host/texts.ts";
import { formatNumber } from "../ui/format.ts";
import { shareOf } from "../ui/heatmap.ts";
import { percent } from "./headGrid.ts";
import type { Scene } from "./scene.ts";
import { type Seen, shareOfHead, tokenName } from "./seen.ts";
import { isSaliency, type View } from "./view.ts";

/** Tokens that are named. */
const named = 5;

/** What a token looks at or is looked at by, and its data flow; undefined when no token is meant. */
export function tokenReadout(scene: Scene): string | undefined {
	const { token, other, matrix, seen, view } = scene;
	if (token === null) return undefined;
	const name = nameAt(seen, token);
	if (other !== null && matrix !== undefined && view.picture === "matrix") {
		return t(
			"{0} gives {1} {2} of its attention.",
			name,
			nameAt(seen, other),
			percent(shareOf(matrix.at(token, other))),
		);
	}
	const { weights } = scene;
	if (weights === undefined) return name;
	const order = [...weights.values.keys()].filter((at) => Math.abs(weights.values[at] as number) > 1e-6);
	order.sort((one, another) => Math.abs(weights.values[another] as number) - Math.abs(weights.values[one] as number));
	const best = order.slice(0, named);
	if (isSaliency(view.source)) {
		return t("{0}: {1} nats", name, signed(weights.values[token] as number));
	}
	const list = best.map((at) => `${nameAt(seen, at)} ${percent(weights.values[at] as number)}`).join(", ");
	const flow = flowOf(seen, token);
	const looks =
		view.direction === "from" ? t("{0} looks at {1}.", name, list) : t("{0} is looked at by {1}.", name, list);
	return list === "" ? t("{0}: nothing.", name) : `${looks}${flow === "" ? "" : ` ${flow}`}`;
}

/** The data-flow neighbours of a token. */
function flowOf({ edges, tokens }: Seen, token: number): string {
	const texts = (indices: Iterable<number>) =>
		[...new Set(indices)]
			.slice(0, named)
			.map((at) => `“${tokenName(tokens[at]?.text ?? "")}”`)
			.join(", ");
	const sources = texts(edges.flatMap((edge) => (edge.uses.includes(token) ? [edge.sources[0] ?? -1] : [])));
	const uses = texts(edges.flatMap((edge) => (edge.sources.includes(token) ? [edge.uses[0] ?? -1] : [])));
	return [
		...(sources === "" ? [] : [t("Its value comes from {0}.", sources)]),
		...(uses === "" ? [] : [t("It gives its value to {0}.", uses)]),
	].join(" ");
}

/** A token with its line, as “size” (line 4). */
function nameAt({ tokens, document }: Seen, at: number): string {
	const token = tokens[at];
	if (token === undefined) return "";
	if (token.special) return token.text;
	return t("“{0}” (line {1})", tokenName(token.text), lineOf(document.text, token));
}

/** The line, from 1, on which a token's first letter stands. */
export function lineOf(text: string, { start, text: own }: { start: number; text: string }): number {
	const ink = own.trim() === "" ? start : start + own.length - own.trimStart().length;
	return text.slice(0, ink).split(/\r\n|\n|\r/).length;
}

/** What is said of the head that is shown. */
export function headReadout(seen: Seen, view: View): string {
	const { layer, head, source, direction } = view;
	const reach = seen.view.windows[layer] ?? null;
	const local = reach === null ? "" : ` ${t("The layer sees {0} tokens to either side.", reach)}`;
	if (source === "rollout") return t("Attention rolled out to layer {0}.", layer);
	const name = t("Layer {0}, head {1}.", layer, head);
	const found = shareOfHead(seen, { layer, head, direction });
	if (found === undefined) return `${name}${local}`;
	const shares = [percent(found.share), percent(found.chance)] as const;
	const flow =
		direction === "from"
			? t("Uses give {0} of their attention to where their value comes from, {1} by chance.", ...shares)
			: t("Sources give {0} of their attention to where their value is used, {1} by chance.", ...shares);
	return `${name} ${flow}${local}`;
}

export function saliencyReadout(report: SaliencyReport): string {
	const { target, expected, difference, missing } = report;
	const likeliest = expected.slice(0, 3).map(({ text, probability }) => `“${tokenName(text)}” ${percent(probability)}`);
	return t(
		"Masked, “{0}” has {1}; likeliest are {2}. The other tokens add {3} nats to its log-probability; {4} of that is unaccounted for.",
		tokenName(target.text),
		percent(target.probability),
		likeliest.join(", "),
		signed(difference),
		percent(missing),
	);
}

export function signed(value: number): string {
	return `${value < 0 ? "−" : "+"}${formatNumber(Math.abs(value), 3)}`;
}
