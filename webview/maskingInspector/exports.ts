import type { MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { svgOf } from "../ui/pen.ts";
import { pngOf } from "../ui/pngOf.ts";
import { lossLines } from "./counts.ts";
import { maskPicture } from "./maskPicture.ts";
import { label, share, visible } from "./tokens.ts";
import { chosenTokens } from "./tokenTable.ts";

export type ExportFormat = "svg" | "png" | "json" | "html";

interface MadeFile {
	readonly name: string;
	readonly encoding: "utf8" | "base64";
	readonly content: string;
}

/** The text with its masks as a picture or as one page that needs nothing else, or the report as JSON. */
export function exportFile(
	format: ExportFormat,
	{ report, text, file }: { readonly report: MasksReport; readonly text: string; readonly file: string },
): MadeFile {
	const stem = (file.split(/[\\/]/).at(-1) ?? "file").replaceAll(/[^\w.-]+/g, "-").slice(0, 80);
	const name = `masks-${stem}.${format}`;
	switch (format) {
		case "json":
			return { name, encoding: "utf8", content: `${JSON.stringify(report, undefined, "\t")}\n` };
		case "html":
			return { name, encoding: "utf8", content: page(report, { text, file }) };
		case "svg": {
			const { draw, ...size } = maskPicture(report, { text, file });
			return { name, encoding: "utf8", content: svgOf(size, draw) };
		}
		case "png": {
			const { draw, ...size } = maskPicture(report, { text, file });
			return { name, encoding: "base64", content: pngOf(size, draw) };
		}
	}
}

function page(report: MasksReport, { text, file }: { readonly text: string; readonly file: string }): string {
	const { counts, recipe, seed, epoch, rate } = report;
	const facts = [
		t("{0}, seed {1}, epoch {2}", recipe, seed, epoch),
		t("{0} of {1} tokens chosen, nominal rate {2}", counts.chosen, counts.maskable, rate === null ? "–" : share(rate)),
		t("{0} masked, {1} replaced, {2} left as they are", counts.mask, counts.random, counts.same),
		...lossLines(report),
	];
	return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(t("Masks in {0}", file))}</title>
<style>
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 1100px; margin: 24px auto; padding: 0 16px; }
pre { font: 13px/1.7 ui-monospace, Consolas, monospace; tab-size: 4; overflow-x: auto; }
.mask { border: 1px solid; background: color-mix(in srgb, dodgerblue 30%, transparent); }
.random { border: 1px dashed; background: color-mix(in srgb, orange 30%, transparent); }
table { border-collapse: collapse; margin-top: 24px; }
td, th { padding: 2px 16px 2px 0; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); text-align: left; white-space: pre; }
.same { border-bottom: 3px double; background: color-mix(in srgb, gray 25%, transparent); }
</style>
</head>
<body>
<h1>${escaped(file)}</h1>
<ul>${facts.map((fact) => `<li>${escaped(fact)}</li>`).join("")}</ul>
<p><span class="mask">${escaped(t("masked"))}</span> <span class="random">${escaped(t("replaced"))}</span> <span class="same">${escaped(t("left"))}</span></p>
<pre>${markedText(report, text)}</pre>
${tableOf(report, text)}
</body>
</html>
`;
}

/** The chosen tokens, for who does not see the marks. */
function tableOf(report: MasksReport, text: string): string {
	const row = (cells: readonly string[], tag: "td" | "th") =>
		`<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
	const { columns, rows } = chosenTokens(report, text);
	return `<table><thead>${row(columns, "th")}</thead><tbody>${rows.map((cells) => row(cells(), "td")).join("")}</tbody></table>`;
}

function markedText({ tokens, functions }: MasksReport, text: string): string {
	let marked = "";
	let from = functions === null ? (tokens[0]?.start ?? 0) : 0;
	for (const token of tokens) {
		const start = Math.max(from, token.start);
		if (token.end < start) continue;
		marked += escaped(text.slice(from, start));
		const own = escaped(text.slice(start, token.end));
		const shown = token.action === "random" ? `→${escaped(visible(token.shown ?? ""))}` : "";
		const verdict = token.prediction === undefined ? "" : token.prediction.right ? "✓" : "✗";
		marked +=
			token.action === "keep"
				? own
				: `<span class="${token.action}" title="${escaped(label(token, text))}">${own}${shown}${verdict}</span>`;
		from = token.end;
	}
	return functions === null ? marked : marked + escaped(text.slice(from));
}

function escaped(text: string): string {
	return text.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
