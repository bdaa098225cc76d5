import type { Dirent } from "node:fs";
import { realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { whyNotByName } from "../contentRules.ts";
import { languageOfPath } from "../languages.ts";
import type { Scope } from "./scope.ts";
import { whyFolderSkipped } from "./skippedFolders.ts";

/** Why something is left out, as a sentence without its full stop, and the rule that decides. */
export interface Ruling {
	readonly why: string;
	/** A pattern of an ignore file; null when the rule is one of ours. */
	readonly rule: string | null;
	/** The absolute path of the ignore file. */
	readonly source: string | null;
	/** Of the pattern in its file, counted from 1. */
	readonly line: number | null;
}

/** A ruling by one of our own rules. */
export function ownRuling(why: string): Ruling {
	return { why, rule: null, source: null, line: null };
}

/** Why a folder is not entered; its path is relative to the root, without a slash at its end. */
export function rulingOnFolder(
	folder: { readonly path: string; readonly name: string; readonly siblings: readonly Dirent[] },
	scope: Scope,
): Ruling | undefined {
	const skipped = whyFolderSkipped(folder.name, folder.siblings);
	return skipped === undefined ? ignored(scope, `${folder.path}/`) : ownRuling(skipped);
}

/** Why the inside of a folder is not read. */
export function rulingOnEntries(entries: readonly Dirent[]): Ruling | undefined {
	const isPython = entries.some((entry) => entry.name === "pyvenv.cfg");
	return isPython ? ownRuling("dependencies (a Python environment)") : undefined;
}

/** The language of a file by its name (`"shebang?"` where only its first line can tell), or why it is left out. */
export async function rulingOnFile(
	file: { readonly root: string; readonly path: string; readonly entry: Dirent },
	scope: Scope,
): Promise<{ readonly language: string } | Ruling> {
	const { root, path, entry } = file;
	const byRules = ignored(scope, path);
	if (byRules !== undefined) return byRules;
	if (entry.isSymbolicLink()) return ownRuling(await whyLinkSkipped(root, path));
	if (!entry.isFile()) return ownRuling("not a regular file");
	const byName = whyNotByName(path);
	if (byName !== undefined) return ownRuling(byName);
	const language = languageOfPath(path);
	return "why" in language ? ownRuling(language.why) : language;
}

function ignored(scope: Scope, path: string): Ruling | undefined {
	const inBase = scope.base + path;
	const why = scope.rules.whyIgnored(inBase);
	const rule = why === undefined ? undefined : scope.rules.deciding(inBase);
	if (why === undefined || rule === undefined) return undefined;
	return { why, rule: rule.pattern, source: join(scope.top, rule.file), line: rule.line };
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
