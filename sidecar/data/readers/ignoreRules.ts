import ignore, { type Ignore, type Options } from "ignore";

/** One line of an ignore file. */
export interface IgnoreRule {
	/** As it is written, without blanks around it. */
	readonly pattern: string;
	/** The ignore file, relative to the base of the rules. */
	readonly file: string;
	/** Counted from 1. */
	readonly line: number;
	/** Whether it takes back what a rule before it leaves out. */
	readonly negated: boolean;
}

/** The ignore rules that hold inside one folder; paths are relative to the base of the rules, with forward slashes. */
export interface IgnoreRules {
	/** The file and pattern that leave `path` out; a folder's path ends with a slash. */
	whyIgnored(path: string): string | undefined;
	/** The last rule that speaks of `path`, be it negated or not. */
	deciding(path: string): IgnoreRule | undefined;
	/** These rules and, after them, those of an ignore file that stands in `folder` ("" or "a/b"). */
	with(folder: string, name: string, text: string): IgnoreRules;
}

/** A rule, and its pattern relative to the base, without the mark of a negation. */
interface BasedRule extends IgnoreRule {
	readonly based: string;
}

const options: Options = { ignorecase: false, allowRelativePaths: true };

/** No rules yet. */
export const noIgnoreRules: IgnoreRules = rulesOf(ignore(options), []);

/**
 * Git's order (gitignore(5)): the last pattern that matches decides, and deeper files come later. So each
 * pattern is rewritten to be relative to the base and all of them stand in one list. A pattern without an inner
 * slash holds at any depth below its file. The matcher marks each pattern with its place in `rules`.
 */
function rulesOf(matcher: Ignore, rules: readonly BasedRule[]): IgnoreRules {
	const ignoring = (path: string): BasedRule | undefined => {
		const mark = rules.length === 0 ? undefined : matcher.test(path).rule?.mark;
		return mark === undefined ? undefined : rules[Number(mark)];
	};
	return {
		whyIgnored: (path) => {
			const rule = ignoring(path);
			return rule && `ignored by ${rule.file} (${rule.pattern})`;
		},
		deciding: (path) => ignoring(path) ?? (matcher.test(path).unignored ? takingBack(rules, path) : undefined),
		with: (folder, file, text) => {
			const all = [...rules];
			const next = ignore(options).add(matcher);
			for (const [index, line] of text
				.replace(/^\uFEFF/, "")
				.split("\n")
				.entries()) {
				const rule = ruleOf({ folder, file }, line.endsWith("\r") ? line.slice(0, -1) : line, index + 1);
				if (rule === undefined) continue;
				next.add({ pattern: (rule.negated ? "!" : "") + rule.based, mark: String(all.length) });
				all.push(rule);
			}
			return rulesOf(next, all);
		},
	};
}

/** The last negated rule that matches; the matcher does not tell it. */
function takingBack(rules: readonly BasedRule[], path: string): BasedRule | undefined {
	return rules.findLast(({ negated, based }) => negated && ignore(options).add({ pattern: based }).ignores(path));
}

/** The rule of a line; undefined for blank lines and comments. */
function ruleOf(place: { folder: string; file: string }, line: string, number: number): BasedRule | undefined {
	if (line.trim() === "" || line.startsWith("#")) return undefined;
	const { folder, file } = place;
	const negated = line.startsWith("!");
	return {
		pattern: line.trim(),
		file: folder === "" || file.includes("/") ? file : `${folder}/${file}`,
		line: number,
		negated,
		based: basePattern(folder, negated ? line.slice(1) : line),
	};
}

/** The same pattern, relative to the base. */
function basePattern(folder: string, pattern: string): string {
	if (folder === "") return pattern;
	const body = pattern.replace(/(?<!\\)\s+$/, "");
	const anchored = body.slice(0, -1).includes("/");
	const prefix = `/${folder.replace(/[\\*?[\]!# ]/g, "\\$&")}/`;
	return prefix + (anchored ? pattern.replace(/^\//, "") : `**/${pattern}`);
}
