import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { build, type Plugin } from "esbuild";
import { PackagingFailure } from "./failure.ts";
import { externalPackages } from "./keptPackages.ts";

/**
 * Bundles the sidecar that `tsc` built into `outdir`: one file for each program, and what several share once. Names
 * and lines stay readable, for their stacks are what a log holds. Resolves to the files that went in, from `house`.
 */
export async function bundleSidecar(house: string, outdir: string): Promise<string[]> {
	const built = join(house, "dist", "sidecar");
	const entryPoints = programs(built).map((name) => ({ in: join(built, `${name}.js`), out: name }));
	const { metafile } = await build({
		absWorkingDir: house,
		entryPoints,
		outdir,
		bundle: true,
		splitting: true,
		format: "esm",
		platform: "node",
		target: "node20",
		chunkNames: "shared/[name]-[hash]",
		legalComments: "none", // THIRD-PARTY-NOTICES has them whole
		metafile: true,
		// The other two are optional native parts of ws.
		external: [...externalPackages, "bufferutil", "utf-8-validate"],
		banner: { js: banner },
		plugins: [ownAddresses(built)],
		logLevel: "warning",
	});
	return Object.keys(metafile.inputs);
}

/** The command line and the programs of child processes, which all end with their parents, and of threads. */
function programs(built: string): string[] {
	const main = "cli/main";
	if (!existsSync(join(built, `${main}.js`)))
		throw new PackagingFailure("The sidecar is not built. Run npm run build.");
	const children = readdirSync(join(built, "compute"))
		.filter((name) => name.endsWith(".js") && name !== "endWithParent.js")
		.filter((name) => /endWithParent\(|parentPort\?\.on/.test(readFileSync(join(built, "compute", name), "utf8")));
	return [main, ...children.map((name) => `compute/${name.slice(0, -".js".length)}`)];
}

/** Every bundle lies one folder below the sidecar's. CommonJS packages inside ask for Node's modules by `require`. */
const banner = `import { createRequire as requireOf } from "node:module";
const require = requireOf(import.meta.url);
const sidecarFolder = new URL("..", import.meta.url);`;

/** A module finds the programs beside it, and the files of the package, by its address: each keeps the one it had. */
function ownAddresses(built: string): Plugin {
	return {
		name: "own-addresses",
		setup(bundle) {
			bundle.onLoad({ filter: /\.js$/ }, ({ path }) => {
				if (!path.startsWith(built + sep)) return undefined;
				const text = readFileSync(path, "utf8");
				if (/\bimport\.meta\.(dirname|filename)\b/.test(text)) {
					throw new PackagingFailure(
						`${path} asks for import.meta.dirname, which a bundle does not keep. Use import.meta.url.`,
					);
				}
				if (!text.includes("import.meta.url")) return undefined;
				const address = JSON.stringify(relative(built, path).split(sep).join("/"));
				return { contents: text.replaceAll("import.meta.url", `new URL(${address}, sidecarFolder).href`) };
			});
		},
	};
}
