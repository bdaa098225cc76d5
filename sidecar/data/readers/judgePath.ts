import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "./errorCode.ts";
import type { ListedFile } from "./listing.ts";
import { ownRuling, type Ruling, rulingOnEntries, rulingOnFile, rulingOnFolder } from "./ruling.ts";
import { innerScope, outerScope, type Scope } from "./scope.ts";

/** What the rules say of one path. */
export type Verdict =
	| { readonly kind: "missing" }
	| { readonly kind: "folder" }
	| { readonly kind: "leftOut"; readonly ruling: Ruling }
	/** `takenBack` is the negated pattern that takes the file in after another had left it out. */
	| { readonly kind: "listed"; readonly file: ListedFile; readonly takenBack: Ruling | undefined };

/** Judges single paths below `root`, a real path, as `listFolder` does. What it reads of folders it reads once. */
export class PathJudge {
	readonly #root: string;
	readonly #folders = new Map<string, Promise<ReadFolder | { readonly verdict: Verdict }>>();

	constructor(root: string) {
		this.#root = root;
	}

	/** The path is relative to the root, with forward slashes. */
	async judge(path: string): Promise<Verdict> {
		const folder = await this.#folder(parentOf(path));
		if ("verdict" in folder) return folder.verdict;
		const name = path.slice(path.lastIndexOf("/") + 1);
		const entry = folder.entries.find((one) => one.name === name);
		if (entry === undefined) return { kind: "missing" };
		if (!entry.isDirectory()) return judgeFile({ root: this.#root, path, entry }, folder.scope);
		const ruling = rulingOnFolder({ path, name, siblings: folder.entries }, folder.scope);
		return ruling === undefined ? { kind: "folder" } : { kind: "leftOut", ruling };
	}

	/** The entries and the rules inside of a folder that is read, or why nothing in it is. */
	#folder(path: string): Promise<ReadFolder | { readonly verdict: Verdict }> {
		const known = this.#folders.get(path) ?? this.#readFolder(path);
		this.#folders.set(path, known);
		return known;
	}

	async #readFolder(path: string): Promise<ReadFolder | { readonly verdict: Verdict }> {
		let outer: Scope;
		if (path === "") outer = await outerScope(this.#root);
		else {
			const verdict = await this.judge(path);
			if (verdict.kind === "listed") return { verdict: { kind: "missing" } };
			if (verdict.kind !== "folder") return { verdict };
			const parent = await this.#folder(parentOf(path));
			if ("verdict" in parent) return parent;
			outer = parent.scope;
		}
		const entries = await entriesOf(join(this.#root, path));
		if ("verdict" in entries) return entries;
		const inside = path === "" ? undefined : rulingOnEntries(entries.list);
		if (inside !== undefined) return { verdict: { kind: "leftOut", ruling: inside } };
		return { entries: entries.list, scope: await innerScope(this.#root, { path, entries: entries.list }, outer) };
	}
}

interface ReadFolder {
	readonly entries: readonly Dirent[];
	/** Its own ignore files included. */
	readonly scope: Scope;
}

function parentOf(path: string): string {
	return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

async function judgeFile(
	file: { readonly root: string; readonly path: string; readonly entry: Dirent },
	scope: Scope,
): Promise<Verdict> {
	const ruling = await rulingOnFile(file, scope);
	if (!("language" in ruling)) return { kind: "leftOut", ruling };
	const rule = scope.rules.deciding(scope.base + file.path);
	const takenBack: Ruling | undefined = rule && {
		why: `taken back by ${rule.file} (${rule.pattern})`,
		rule: rule.pattern,
		source: join(scope.top, rule.file),
		line: rule.line,
	};
	return { kind: "listed", file: { path: file.path, language: ruling.language }, takenBack };
}

async function entriesOf(folder: string): Promise<{ list: Dirent[] } | { verdict: Verdict }> {
	try {
		return { list: await readdir(folder, { withFileTypes: true }) };
	} catch (error) {
		const code = errorCode(error);
		if (code === "ENOENT" || code === "ENOTDIR") return { verdict: { kind: "missing" } };
		return { verdict: { kind: "leftOut", ruling: ownRuling(`in a folder that is unreadable (${code})`) } };
	}
}
