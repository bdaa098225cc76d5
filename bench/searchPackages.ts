/**
 * Fetches source of open packages that a search model can learn from, through `npm pack` and `apt-get download`, and
 * writes it as one corpus file for `searchCorpus.ts`: `node --import tsx bench/searchPackages.ts OUT.jsonl` (Debian).
 * A package that cannot be had is named and left out.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { extname, join } from "node:path";
import { debianPackages, filesOf, npmPackages, visitPackages } from "./openPackages.ts";

/** Characters that one package may give of one kind of file, so that none outweighs the rest. */
const most: Readonly<Record<string, number>> = {
	".js": 2.5e6,
	".mjs": 2.5e6,
	".ts": 4e6,
	".tsx": 4e6,
	".py": 6e6,
	".rb": 6e6,
	".php": 6e6,
};

/** Folders that hold tests, bundles or copies of other packages. */
const leftOut = /(^|\/)(tests?|__tests__|specs?|umd|bundles|_?vendor|locales?|node_modules)\//;
const documented = /\/\*\*|"""|'''|^\s*#/m;

const out = process.argv[2];
if (out === undefined) throw new Error("Name the file to write.");
const file = openSync(out, "w");
const seen = new Set<string>();
visitPackages(
	[
		...npmPackages.map((name) => ({ name, registry: "npm" as const })),
		...debianPackages.map((name) => ({ name, registry: "debian" as const })),
	],
	({ name, folder }) => writeSources(name, folder),
);
closeSync(file);

/** Characters written. */
function writeSources(name: string, folder: string): number {
	const taken: Record<string, number> = {};
	for (const path of filesOf(folder)) {
		const kind = extname(path);
		if (most[kind] === undefined || (taken[kind] ?? 0) > most[kind]) continue;
		if (leftOut.test(path) || /\.d\.ts$|\.min\./.test(path)) continue;
		const text = readFileSync(join(folder, path), "utf8");
		const hash = createHash("sha256").update(text).digest("hex");
		const wrong = text.length < 200 || text.length > 200_000 || text.length / text.split("\n").length > 150;
		if (wrong || !documented.test(text) || seen.has(hash)) continue;
		seen.add(hash);
		taken[kind] = (taken[kind] ?? 0) + text.length;
		writeSync(file, `${JSON.stringify({ pkg: name, path, license: "", text })}\n`);
	}
	return Object.values(taken).reduce((sum, one) => sum + one, 0);
}
