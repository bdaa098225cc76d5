import { writeFileSync } from "node:fs";
import { basename, dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/*
 * main.cjs is what VS Code loads when it starts, so it stays small: a dynamic `import("./x.ts")` in the extension
 * becomes a bundle of its own, x.cjs beside main.cjs, that is read at first use. What several of those need stands
 * once, in protocol.cjs (the schemas, with zod) and jsonrpc.cjs.
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

const protocolFolder = `${root}sidecar${sep}protocol${sep}`;
/** The name in protocol.cjs of each file of the protocol that a lazy bundle imports. */
const protocolNames = new Map();

const sharedBundles = {
	name: "shared-bundles",
	setup(bundle) {
		bundle.onResolve({ filter: /^vscode-jsonrpc(\/node)?$/ }, () => ({ path: "./jsonrpc.cjs", external: true }));
		bundle.onResolve({ filter: /^\.\/protocol\.cjs$/ }, ({ path }) => ({ path, external: true }));
		bundle.onResolve({ filter: /\/protocol\/.*\.ts$/ }, async ({ kind, path, resolveDir, importer, pluginData }) => {
			if (kind !== "import-statement" || pluginData === "resolved") return undefined;
			const found = await bundle.resolve(path, { kind, resolveDir, importer, pluginData: "resolved" });
			if (!found.path.startsWith(protocolFolder)) return undefined;
			const name = found.path.slice(protocolFolder.length, -".ts".length).replaceAll(sep, "_");
			protocolNames.set(name, found.path);
			return { path: name, namespace: "protocol" };
		});
		bundle.onLoad({ filter: /.*/, namespace: "protocol" }, ({ path }) => ({
			contents: `module.exports = require("./protocol.cjs").${path};`,
			loader: "js",
		}));
	},
};

/** The features of LSP that the sidecar's server has, by the library's files. */
const spokenFeatures = ["textSynchronization", "completion", "hover", "inlineCompletion"];
/** Its other files that are no features. */
const clientParts = /^(api|client|features|progressPart|codeConverter|protocolConverter|protocol\w+)$/;

/** Leaves the library's other features out of the bundle: each becomes one that announces nothing and does nothing. */
const spokenFeaturesAlone = {
	name: "spoken-features-alone",
	setup(bundle) {
		bundle.onLoad({ filter: /vscode-languageclient[\\/]lib[\\/]common[\\/]\w+\.js$/ }, ({ path }) => {
			const name = basename(path, ".js");
			return spokenFeatures.includes(name) || clientParts.test(name) ? undefined : { contents: silentFeatures };
		});
	},
};

const silentFeatures = `
class SilentFeature {
	static CellScheme = "vscode-notebook-cell"; // the client asks for it when a cell is synchronized by itself
	fillClientCapabilities() {}
	initialize() {}
	getState() { return { kind: "static" }; }
	clear() {}
}
module.exports = new Proxy({}, { get: () => SilentFeature });
`;

/** The files that went into the bundles: a package that ships tells their licences. */
const inputs = new Set();

const bundle = async (entry, name, plugins) => {
	const { metafile } = await build({
		absWorkingDir: root,
		...(typeof entry === "string"
			? { entryPoints: [{ in: entry, out: name }], outdir: "dist/extension", outExtension: { ".js": ".cjs" } }
			: { stdin: entry, outfile: `dist/extension/${name}.cjs` }),
		bundle: true,
		minify: true,
		sourcemap: "linked",
		platform: "node",
		format: "cjs",
		target: "node20",
		// VS Code brings `vscode`; the other two are optional native parts of ws.
		external: ["vscode", "bufferutil", "utf-8-validate"],
		metafile: true,
		plugins,
		logLevel: "warning",
	});
	for (const input of Object.keys(metafile.inputs)) inputs.add(input);
};

await bundle("extension/main.ts", "main", [ownBundleForDynamicImport]);
const lazyPlugins = [ownBundleForDynamicImport, sharedBundles, spokenFeaturesAlone];
for (const file of lazy) await bundle(file, basename(file, ".ts"), lazyPlugins); // a Set goes on over what is added meanwhile
const protocol = [...protocolNames].map(([name, path]) => `export * as ${name} from ${JSON.stringify(path)};`);
await bundle({ contents: protocol.join("\n"), resolveDir: dirname(protocolFolder) }, "protocol", []);
await bundle({ contents: 'export * from "vscode-jsonrpc/node";', resolveDir: root }, "jsonrpc", []);
writeFileSync(`${root}dist/extension/inputs.json`, JSON.stringify([...inputs].sort()));
