import ignore, { type Ignore } from "ignore";

/** The ignore rules that hold inside one folder; paths are relative to the base of the rules, with forward slashes. */
export interface IgnoreRules {
	/** The file and pattern that leave `path` out; a folder's path ends with a slash. */
	whyIgnored(path: string): string | undefined;
	/** These rules and, after them, those of an ignore file that stands in `folder` ("" or "a/b"). */
	with(folder: string, name: string, text: string): IgnoreRules;
}

/** No rules yet. */
export const noIgnoreRules: IgnoreRules = rulesOf(undefined);

/**
 * Git's order (gitignore(5)): the last pattern that matches decides, and deeper files come later. So each
 * pattern is rewritten to be relative to the base and all of them stand in one list. A pattern without an inner
 * slash holds at any depth below its file.
 */
function rulesOf(matcher: Ignore | undefined): IgnoreRules {
	return {
		whyIgnored: (path) => {
			const rule = matcher?.test(path).rule;
			return rule === undefined ? undefined : `ignored by ${rule.mark ?? rule.pattern}`;
		},
		with: (folder, name, text) => {
			const next = ignore({ ignorecase: false, allowRelativePaths: true });
			if (matcher !== undefined) next.add(matcher);
			const where = folder === "" || name.includes("/") ? name : `${folder}/${name}`;
			for (const line of text.replace(/^\uFEFF/, "").split("\n")) {
				const written = line.endsWith("\r") ? line.slice(0, -1) : line;
				const pattern = basePattern(folder, written);
				if (pattern !== undefined) next.add({ pattern, mark: `${where} (${written.trim()})` });
			}
			return rulesOf(next);
		},
	};
}

/** The same pattern, relative to the base; undefined for blank lines and comments. */
function basePattern(folder: string, line: string): string | undefined {
	if (line.trim() === "" || line.startsWith("#")) return undefined;
	if (folder === "") return line;
	const negation = line.startsWith("!") ? "!" : "";
	const pattern = line.slice(negation.length);
	const body = pattern.replace(/(?<!\\)\s+$/, "");
	const anchored = body.slice(0, -1).includes("/");
	const prefix = `/${folder.replace(/[\\*?[\]!# ]/g, "\\$&")}/`;
	return negation + prefix + (anchored ? pattern.replace(/^\//, "") : `**/${pattern}`);
}
