import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/* Each panel is one script and one style sheet: dist/webview/<panel>/main.js and style.css. */
const panels = ["lossCurves"];
const root = fileURLToPath(new URL("..", import.meta.url)); // types of the same sources lie beside the bundles

for (const panel of panels) {
	await build({
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
		logLevel: "warning",
	});
}
