import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/* Each panel is one script and one style sheet: dist/webview/<panel>/main.js and style.css. */
const panels = ["lossCurves", "codeSearch", "attention", "maskingInspector", "recipeGallery"];
const root = fileURLToPath(new URL("..", import.meta.url)); // types of the same sources lie beside the bundles
/** The files that went into the bundles: a package that ships tells their licences. */
const inputs = new Set();

for (const panel of panels) {
	const { metafile } = await build({
		absWorkingDir: root,
		entryPoints: [
			{ in: `webview/${panel}/main.ts`, out: "main" },
			{ in: `webview/${panel}/style.css`, out: "style" },
		],
		outdir: `dist/webview/${panel}`,
		bundle: true,
		minify: true,
		platform: "browser",
		format: "iife",
		target: "es2023",
		loader: { ".svg": "text" },
		metafile: true,
		logLevel: "warning",
	});
	for (const input of Object.keys(metafile.inputs)) inputs.add(input);
}
writeFileSync(`${root}dist/webview/inputs.json`, JSON.stringify([...inputs].sort()));
