import type { Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { whyNotByName } from "../contentRules.ts";
import type { Corpus } from "../document.ts";
import { languageOfPath, languageOfShebang } from "../languages.ts";
import { type IgnoreRules, noIgnoreRules } from "./ignoreRules.ts";
import { decodeText, Intake, type ReadOptions, whyNotBySize } from "./intake.ts";
import { whyFolderSkipped } from "./skippedFolders.ts";

/** Reads every source file of a folder, in the order of the paths (by code unit). Links are never followed. */
export async function readFolder(folder: string, options: ReadOptions): Promise<Corpus> {
	const root = await realpath(folder);
	const intake = new Intake(options);
	const walk: Walk = { root, options, intake, files: [] };
	const { rules, base } = await outerRules(root);
	await walkFolder(walk, "", { rules, base });
	walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
	await readFiles(walk);
	return intake.finish(folder);
}

interface Walk {
	readonly root: string;
	readonly options: ReadOptions;
	readonly intake: Intake;
	readonly files: { readonly path: string; readonly language: string }[];
}

/** The rules so far, and what to put before a path to make it relative to their base ("" or "a/b/"). */
interface Scope {
	readonly rules: IgnoreRules;
	readonly base: string;
}

/** Lists the files of a folder and the folders below it; `path` is "" or "a/b". */
async function walkFolder(walk: Walk, path: string, outer: Scope): Promise<void> {
	const { intake } = walk;
	const here = path === "" ? "" : `${path}/`;
	let entries: Dirent[];
	try {
		entries = await readdir(join(walk.root, path), { withFileTypes: true });
	} catch (error) {
		intake.leave(here === "" ? "./" : here, `unreadable (${errorCode(error)})`);
		return;
	}
	if (path !== "" && entries.some((entry) => entry.name === "pyvenv.cfg")) {
		intake.leave(here, "dependencies (a Python environment)");
		return;
	}
	const scope = await innerScope(walk, { path, entries }, outer);
	for (const entry of entries) {
		intake.step();
		const entryPath = here + entry.name;
		if (entry.isDirectory()) {
			const why = whyFolderSkipped(entry.name, entries) ?? scope.rules.whyIgnored(`${scope.base}${entryPath}/`);
			if (why === undefined) await walkFolder(walk, entryPath, scope);
			else intake.leave(`${entryPath}/`, why);
		} else await listFile(walk, { entry, path: entryPath }, scope);
	}
}

async function listFile(walk: Walk, file: { entry: Dirent; path: string }, scope: Scope): Promise<void> {
	const { entry, path } = file;
	const ignored = scope.rules.whyIgnored(scope.base + path);
	if (ignored !== undefined) return walk.intake.leave(path, ignored);
	if (entry.isSymbolicLink()) return walk.intake.leave(path, await whyLinkSkipped(walk.root, path));
	if (!entry.isFile()) return walk.intake.leave(path, "not a regular file");
	const byName = whyNotByName(path);
	if (byName !== undefined) return walk.intake.leave(path, byName);
	const language = languageOfPath(path);
	if ("why" in language) walk.intake.leave(path, language.why);
	else walk.files.push({ path, language: language.language });
}

async function whyLinkSkipped(root: string, path: string): Promise<string> {
	try {
		const target = relative(root, await realpath(join(root, path)));
		const outside = target === ".." || target.startsWith(`..${sep}`);
		return outside
			? "a link that leads out of the folder"
			: `a link to ${target.split(sep).join("/") || "the folder itself"}`;
	} catch {
		return "a broken link";
	}
}

/** The rules inside a folder: those from outside, then its own `.git/info/exclude`, `.gitignore`, `.maskwrightignore`. */
async function innerScope(
	walk: Walk,
	folder: { readonly path: string; readonly entries: readonly Dirent[] },
	outer: Scope,
): Promise<Scope> {
	let { rules } = outer;
	const where = (outer.base + folder.path).replace(/\/$/, "");
	for (const name of [".git", ".gitignore", ".maskwrightignore"]) {
		if (!folder.entries.some((entry) => entry.name === name)) continue;
		const file = name === ".git" ? ".git/info/exclude" : name;
		const text = await readIgnoreFile(join(walk.root, folder.path, file));
		if (text !== undefined) rules = rules.with(where, file, text);
	}
	return { rules, base: outer.base };
}

/** The rules of the repository around `root`, if it lies inside one: git reads those of the outer folders too. */
async function outerRules(root: string): Promise<Scope> {
	const top = await repositoryAbove(root);
	if (top === undefined || top === root) return { rules: noIgnoreRules, base: "" };
	const inner = relative(top, root).split(sep);
	let rules = noIgnoreRules;
	for (let depth = 0; depth < inner.length; depth++) {
		const folder = inner.slice(0, depth);
		for (const file of depth === 0
			? [".git/info/exclude", ".gitignore", ".maskwrightignore"]
			: [".gitignore", ".maskwrightignore"]) {
			const text = await readIgnoreFile(join(top, ...folder, file));
			if (text !== undefined) rules = rules.with(folder.join("/"), file, text);
		}
	}
	const base = `${inner.join("/")}/`;
	// Who names an ignored folder wants it read: then the rules of the outer folders do not hold.
	return rules.whyIgnored(base) === undefined ? { rules, base } : { rules: noIgnoreRules, base: "" };
}

async function repositoryAbove(folder: string): Promise<string | undefined> {
	for (let at = folder; ; at = dirname(at)) {
		const found = await stat(join(at, ".git")).catch(() => undefined);
		if (found !== undefined) return at;
		if (dirname(at) === at) return undefined;
	}
}

async function readIgnoreFile(path: string): Promise<string | undefined> {
	return readFile(path, "utf8").catch(() => undefined);
}

/** How many files are opened at a time. */
const atOnce = 32;

async function readFiles(walk: Walk): Promise<void> {
	for (let start = 0; start < walk.files.length; start += atOnce) {
		const group = walk.files.slice(start, start + atOnce);
		const contents = await Promise.all(group.map((file) => readContent(walk, file.path)));
		for (const [index, file] of group.entries()) {
			walk.intake.step();
			const content = contents[index]!;
			if ("why" in content) {
				walk.intake.leave(file.path, content.why);
				continue;
			}
			const language = file.language === "shebang?" ? languageOfShebang(content.text) : file.language;
			if (language === undefined) walk.intake.leave(file.path, "not a known source language (no extension)");
			else walk.intake.offer(file.path, language, content);
		}
	}
}

async function readContent(walk: Walk, path: string): Promise<{ text: string; bytes: number } | { why: string }> {
	const file = join(walk.root, path);
	try {
		const tooLarge = whyNotBySize((await stat(file)).size, walk.options);
		if (tooLarge !== undefined) return { why: tooLarge };
		const bytes = await readFile(file);
		const text = decodeText(bytes);
		return text === undefined ? { why: "binary (not UTF-8 text)" } : { text, bytes: bytes.length };
	} catch (error) {
		return { why: `unreadable (${errorCode(error)})` };
	}
}

function errorCode(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
