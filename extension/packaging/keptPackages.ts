import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { PackagingFailure } from "./failure.ts";
import type { Lockfile } from "./lockfile.ts";
import type { Target } from "./targets.ts";

/** A package that ships as a folder beside the bundles, for it holds files that no bundle can: native ones and WebAssembly. */
export interface KeptPackage {
	/** Where it lies, below the project and below `dist` of the package: such as `node_modules/libsql`. */
	readonly path: string;
	/** Its files that ship. */
	readonly files: readonly string[];
}

/** The packages that bundles leave to be found at run time, with those of their files that run. */
const rules: Readonly<Record<string, RegExp>> = {
	"onnxruntime-node": /^dist\/\w+\.js$/,
	libsql: /^(index|auth|sqlite-error)\.js$/,
	"@parcel/watcher": /^(index|wrapper)\.js$/,
	"web-tree-sitter": /^web-tree-sitter\.(js|wasm)$/,
	"tree-sitter-php": /^tree-sitter-php\.wasm$/,
};

/** Native files that onnxruntime delivers and no target needs: providers that want CUDA, and a library under its second name. */
const spareLibrary = /providers_(cuda|tensorrt|rocm)|libonnxruntime\.\d+\.\d+\.\d+\.dylib$/;

/** What packages need only to be installed or built. */
const installers = new Set(["adm-zip", "global-agent", "node-addon-api", "node-gyp-build"]);

/** Names for a bundler of what it leaves out. */
export const externalPackages = [...Object.keys(rules), "tree-sitter-*"];

/** What is kept for a target, with what it depends on; the packages of its platform are not among them. */
export function keptPackages(house: string, lockfile: Lockfile, target: Target): KeptPackage[] {
	const grammars = readdirSync(join(house, "node_modules")).filter((name) => name.startsWith("tree-sitter-"));
	const roots = [...new Set([...Object.keys(rules), ...grammars])];
	const paths = new Set<string>();
	const visit = (path: string): void => {
		if (paths.has(path)) return;
		paths.add(path);
		if (/\/tree-sitter-[^/]+$/.test(path)) return; // of a grammar only the WebAssembly runs
		for (const name of Object.keys(lockfile.packages[path]?.dependencies ?? {})) {
			if (!installers.has(name)) visit(lockfile.resolve(name, path));
		}
	};
	for (const root of roots) visit(`node_modules/${root}`);
	return [...paths].sort().map((path) => ({ path, files: filesOf(house, path, target) }));
}

function filesOf(house: string, path: string, target: Target): string[] {
	const folder = join(house, path);
	if (!existsSync(folder)) throw new PackagingFailure(`${path} is not installed. Run npm ci.`);
	const name = path.split("node_modules/").at(-1) ?? "";
	const rule = rules[name] ?? (name.startsWith("tree-sitter-") ? /^[\w-]+\.wasm$/ : ofLibrary(folder));
	const native = new RegExp(`^bin/napi-v\\d+/${target.os}/${target.cpu}/`);
	const ships = (file: string): boolean =>
		file === "package.json" ||
		isLicence(file) ||
		rule.test(file) ||
		(name === "onnxruntime-node" && native.test(file) && !spareLibrary.test(file));
	return filesBelow(folder).filter(ships);
}

/** The scripts in the folder of a package's main file, below which nothing else than its code lies. */
function ofLibrary(folder: string): RegExp {
	const { main = "index.js" } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { main?: string };
	const place = main.replace(/^\.\//, "").split("/").slice(0, -1).join("/");
	return place === "" ? /^[\w-]+\.js$|^lib\/[\w-]+\.js$/ : new RegExp(`^${place}/.*\\.js$|^${place}/package\\.json$`);
}

/** Whether a file at the root of a package tells its licence. */
export function isLicence(file: string): boolean {
	return /^(licen[cs]e|copying|notice|third.?party.?notices)[^/]*$/i.test(file) && !/\.(js|html)$/.test(file);
}

/** Every file of a package except those of packages inside it, with forward slashes, in order. */
export function filesBelow(folder: string): string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
		.filter((file) => !file.startsWith("node_modules/"))
		.sort();
}
