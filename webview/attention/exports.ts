import type { SaliencyReport } from "../../sidecar/protocol/inspect/saliency.ts";
import { t } from "../host/texts.ts";
import { shareOf } from "../ui/heatmap.ts";
import { escapeXml, type Pen, svgOf } from "../ui/pen.ts";
import { pngOf } from "../ui/pngOf.ts";
import { codePicture } from "./codePicture.ts";
import { drawGrid, gridSize, percent } from "./headGrid.ts";
import { linesPicture } from "./linesPicture.ts";
import { matrixPicture } from "./matrixPicture.ts";
import { headReadout, lineOf, saliencyReadout } from "./readout.ts";
import type { Box, PictureKind, Scene } from "./scene.ts";
import { tokenName } from "./seen.ts";
import { strongestPairs } from "./tables.ts";
import { isSaliency, type Picture } from "./view.ts";

export type ExportFormat = "svg" | "png" | "headsSvg" | "headsPng" | "json" | "html";

export interface ExportFile {
	readonly name: string;
	readonly encoding: "utf8" | "base64";
	readonly content: string;
}

export const pictureKinds: Readonly<Record<Picture, PictureKind>> = {
	code: codePicture,
	lines: linesPicture,
	matrix: matrixPicture,
};

/** The picture that is shown: gradients have the code alone. */
export function shownPicture({ picture, source }: Scene["view"]): Picture {
	return isSaliency(source) ? "code" : picture;
}

/** The width that pictures are laid out for. */
const width = 900;

/** The file for a format. */
export function exportFile(format: ExportFormat, scene: Scene, saliency: SaliencyReport | undefined): ExportFile {
	const stem = stemOf(scene);
	const shown = whole(pictureKinds[shownPicture(scene.view)], scene);
	const heads = grid(scene);
	switch (format) {
		case "svg":
			return { name: `${stem}.svg`, encoding: "utf8", content: svg(shown, scene) };
		case "png":
			return { name: `${stem}.png`, encoding: "base64", content: png(shown, scene) };
		case "headsSvg":
			return { name: `${stem}-heads.svg`, encoding: "utf8", content: svg(heads, scene) };
		case "headsPng":
			return { name: `${stem}-heads.png`, encoding: "base64", content: png(heads, scene) };
		case "json":
			return { name: `${stem}.json`, encoding: "utf8", content: JSON.stringify(numbers(scene, saliency)) };
		case "html":
			return { name: `${stem}.html`, encoding: "utf8", content: page(scene, saliency) };
	}
}

function stemOf({ seen, view }: Scene): string {
	const name = (seen.document.name.split("/").at(-1) ?? "").replaceAll(/[^\w.-]+/g, "-").slice(0, 60);
	const what = view.source === "head" ? `${view.layer}.${view.head}` : view.source;
	return `attention-${name}-${what}`;
}

interface Drawable {
	readonly width: number;
	readonly height: number;
	readonly title: string;
	readonly draw: (pen: Pen) => void;
}

/** A picture without what the mouse points at, in one piece. */
function whole(kind: PictureKind, scene: Scene): Drawable {
	const n = scene.seen.tokens.length;
	const still: Scene = { ...scene, zoom: kind === matrixPicture ? Math.max(1, Math.min(16, 1200 / n)) : scene.zoom };
	const size = kind.size(still, width);
	const window: Box = { x: 0, y: 0, width: Math.max(size.width, width), height: size.height };
	return { ...size, title: titleOf(scene), draw: (pen) => kind.draw(pen, still, window) };
}

function grid(scene: Scene): Drawable {
	const size = gridSize(scene, width);
	const window: Box = { x: 0, y: 0, width, height: size.height };
	return { ...size, width, title: t("All heads"), draw: (pen) => drawGrid(pen, scene, window) };
}

function titleOf({ seen, view }: Scene): string {
	const { document, tokens } = seen;
	const first = tokens.find(({ special }) => !special);
	const last = tokens.findLast(({ special }) => !special);
	const lines = [first, last].map((token) => (token === undefined ? 0 : lineOf(document.text, token)));
	return `${document.name}:${lines.join("–")} · ${seen.view.model} · ${isSaliency(view.source) ? t("what a prediction is owed to") : headReadout(seen, view)}`;
}

function svg({ width, height, title, draw }: Drawable, { palette }: Scene): string {
	return svgOf({ width, height, title, background: palette.background }, draw);
}

function png({ draw, ...size }: Drawable, { palette }: Scene): string {
	return pngOf({ ...size, background: palette.background }, draw);
}

/** Everything that is known, as numbers; the matrix is that which is shown. */
function numbers({ seen, view, matrix }: Scene, saliency: SaliencyReport | undefined): object {
	const { tokens, view: told, document } = seen;
	const shares = (one: NonNullable<typeof matrix>) =>
		Array.from({ length: one.n }, (_, query) => {
			const row: [key: number, share: number][] = [];
			one.from(query, 1, (key, byte) => row.push([key, Number(shareOf(byte).toPrecision(3))]));
			return row;
		});
	return {
		note: noteText(),
		file: document.name,
		model: told.model,
		tokens,
		layerCount: told.layerCount,
		headCount: told.headCount,
		windows: told.windows,
		dataflow: told.dataflow,
		noDataflow: told.noDataflow,
		...(matrix !== undefined && {
			shown: view.source === "rollout" ? { rollout: view.layer } : { layer: view.layer, head: view.head },
			attention: shares(matrix),
		}),
		...(saliency !== undefined && { saliency }),
	};
}

export function noteText(): string {
	return t(
		"Attention shows where a head looks, not why the model answers: other weights may give the same answer (Jain and Wallace 2019).",
	);
}

function marksText(): string {
	return t(
		"Blue is attention, or what speaks for a prediction; dashed orange speaks against it. Purple is the data flow: arcs from a use to its source (dot), dashed lines, frames in the matrix.",
	);
}

/** All views of what is shown, tables and numbers, in one file that needs nothing else. */
function page(scene: Scene, saliency: SaliencyReport | undefined): string {
	const { palette, matrix, view } = scene;
	const figure = (heading: string, drawable: Drawable) =>
		`<figure><figcaption>${escapeXml(heading)}</figcaption>${svg(drawable, scene)}</figure>`;
	const pictures =
		matrix === undefined
			? figure(t("Code"), whole(codePicture, scene))
			: [
					figure(t("Code"), whole(codePicture, scene)),
					figure(t("Matrix"), whole(matrixPicture, scene)),
					figure(t("Lines"), whole(linesPicture, scene)),
				].join("");
	const json = JSON.stringify(numbers(scene, saliency)).replaceAll("<", "\\u003c");
	const said = saliency !== undefined && isSaliency(view.source) ? saliencyReadout(saliency) : "";
	return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeXml(titleOf(scene))}</title>
<style>body{margin:24px auto;max-width:1300px;padding:0 20px;background:${palette.background};color:${palette.foreground};font:14px/1.5 system-ui,sans-serif}figure{margin:24px 0;overflow:auto;max-height:90vh}figcaption,h2{font-weight:600;font-size:16px;margin:0 0 8px}table{border-collapse:collapse}td,th{padding:2px 16px 2px 0;text-align:left;font-weight:400;border-bottom:1px solid ${palette.line}}thead th{font-weight:600}</style></head>
<body><h1>${escapeXml(titleOf(scene))}</h1><p>${escapeXml(noteText())}</p><p>${escapeXml(marksText())}</p><p>${escapeXml(said)}</p>
${pictures}${figure(t("All heads"), grid(scene))}${matrix === undefined ? "" : pairTable(scene, matrix)}
<script type="application/json" id="numbers">${json}</script></body></html>`;
}

/** Pairs in the table of a page. */
const listed = 200;

function pairTable(scene: Scene, matrix: NonNullable<Scene["matrix"]>): string {
	const { tokens, document } = scene.seen;
	const cells = (at: number) => {
		const token = tokens[at];
		return token === undefined || token.special
			? `<td>${escapeXml(token?.text ?? "")}</td><td></td>`
			: `<td>${escapeXml(tokenName(token.text))}</td><td>${lineOf(document.text, token)}</td>`;
	};
	const rows = strongestPairs(matrix, scene)
		.slice(0, listed)
		.map(({ query, key, byte }) => `<tr>${cells(query)}${cells(key)}<td>${percent(shareOf(byte))}</td></tr>`);
	const head = [t("Looks"), t("Line"), t("At"), t("Line"), t("Share")].map((name) => `<th>${escapeXml(name)}</th>`);
	return `<h2>${escapeXml(t("Strongest pairs"))}</h2><table><thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}
