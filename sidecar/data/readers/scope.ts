import type { Dirent } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { type IgnoreRules, noIgnoreRules } from "./ignoreRules.ts";

/** The ignore rules that hold in a folder, and how a path below the root that is read is put to them. */
export interface Scope {
	readonly rules: IgnoreRules;
	/** What to put before a path to make it relative to the base of the rules ("" or "a/b/"). */
	readonly base: string;
	/** The folder that is the base of the rules. */
	readonly top: string;
}

/**
 * The rules of the repository around `root`, a real path, if it lies inside one: git reads those of the outer
 * folders too.
 */
export async function outerScope(root: string): Promise<Scope> {
	const top = await repositoryAbove(root);
	if (top === undefined || top === root) return { rules: noIgnoreRules, base: "", top: root };
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
	return rules.whyIgnored(base) === undefined ? { rules, base, top } : { rules: noIgnoreRules, base: "", top: root };
}

/**
 * The rules inside the folder `path` ("" or "a/b") of `root`: those from outside, then its own `.git/info/exclude`,
 * `.gitignore` and `.maskwrightignore`.
 */
export async function innerScope(
	root: string,
	folder: { readonly path: string; readonly entries: readonly Dirent[] },
	outer: Scope,
): Promise<Scope> {
	let { rules } = outer;
	const where = (outer.base + folder.path).replace(/\/$/, "");
	for (const name of [".git", ".gitignore", ".maskwrightignore"]) {
		if (!folder.entries.some((entry) => entry.name === name)) continue;
		const file = name === ".git" ? ".git/info/exclude" : name;
		const text = await readIgnoreFile(join(root, folder.path, file));
		if (text !== undefined) rules = rules.with(where, file, text);
	}
	return { ...outer, rules };
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
