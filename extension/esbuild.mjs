import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/*
 * main.cjs is what VS Code loads when it starts, so it stays small: a dynamic `import("./x.ts")` in the extension
 * becomes a bundle of its own, x.cjs beside main.cjs, that is read at first use.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const lazy = new Set();

const ownBundleForDynamicImport = {
	name: "own-bundle-for-dynamic-import",
	setup(bundle) {
		bundle.onResolve({ filter: /\.ts$/ }, async ({ kind, path, resolveDir, importer }) => {
			if (kind !== "dynamic-import") return undefined;
			const found = await bundle.resolve(path, { kind: "import-statement", resolveDir, importer });
			lazy.add(found.path);
			return { path: `./${basename(path, ".ts")}.cjs`, external: true };
		});
	},
};

const bundle = (entry, name) =>
	build({
		absWorkingDir: root,
		entryPoints: [{ in: entry, out: name }],
		outdir: "dist/extension",
		outExtension: { ".js": ".cjs" },
		bundle: true,
		minify: true,
		sourcemap: "linked",
		platform: "node",
		format: "cjs",
		target: "node20",
		// VS Code brings `vscode`; the other two are optional native parts of ws.
		external: ["vscode", "bufferutil", "utf-8-validate"],
		plugins: [ownBundleForDynamicImport],
		logLevel: "warning",
	});

await bundle("extension/main.ts", "main");
for (const file of lazy) await bundle(file, basename(file, ".ts")); // a Set goes on over what is added meanwhile
