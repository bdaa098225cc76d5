import { element } from "../elements.ts";

/** Comments to the end of the line, strings, numbers and words: what most languages share. */
const parts = (comment: string) =>
	new RegExp(
		[
			String.raw`(?<comment>${comment}|/\*.*?(?:\*/|$)|^\s*\*(?:\s.*|/.*|$))`,
			String.raw`(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\x60(?:[^\x60\\]|\\.)*\x60?)`,
			String.raw`(?<number>\b\d[\w.]*)`,
			String.raw`(?<word>\b[A-Za-z_]\w*)`,
		].join("|"),
		"g",
	);

const hashComments = new Set(["python", "ruby", "shell", "bash", "perl", "r", "yaml", "toml", "elixir", "julia"]);
const [slashParts, hashParts, bothParts] = [parts("//.*"), parts("#.*"), parts("//.*|#.*")];

const keywords = new Set(
	`abstract and as assert async await begin bool boolean break case catch char class const continue def default defer del
	do double elif else elsif end enum except export extends extern false final finally float fn for foreach from func
	function go goto if impl implements import in instanceof int interface is lambda let long loop match mod module mut
	namespace new nil none None not null nullptr of operator or package pass private protected pub public raise range
	readonly ref rescue return self short static string struct super switch template this throw throws trait true True
	False try type typedef typeof undefined union unless unsafe unsigned until use using var virtual void when where while
	with yield`.split(/\s+/),
);

/**
 * A line of code as nodes: strings, numbers, comments and keywords in the theme's colours, the terms as `<mark>`.
 * Terms are in lower case and match without regard to case, within names too.
 */
export function codeText(text: string, terms: readonly string[], language: string | null): Node[] {
	const nodes: Node[] = [];
	let at = 0;
	const plain = (end: number) => {
		if (end > at) nodes.push(...marked(text.slice(at, end), terms));
		at = end;
	};
	const hash = hashComments.has(language ?? "");
	for (const match of text.matchAll(language === "php" ? bothParts : hash ? hashParts : slashParts)) {
		const part = partOf(match);
		if (part === undefined) continue;
		plain(match.index);
		at = match.index + match[0].length;
		nodes.push(element("span", { class: `code-${part}` }, ...marked(match[0], terms)));
	}
	plain(text.length);
	return nodes;
}

function partOf({ groups }: RegExpMatchArray): "comment" | "string" | "number" | "keyword" | undefined {
	if (groups?.["comment"] !== undefined) return "comment";
	if (groups?.["string"] !== undefined) return "string";
	if (groups?.["number"] !== undefined) return "number";
	return keywords.has(groups?.["word"] ?? "") ? "keyword" : undefined;
}

function marked(text: string, terms: readonly string[]): Node[] {
	const nodes: Node[] = [];
	let at = 0;
	for (const [start, end] of termRanges(text, terms)) {
		if (start > at) nodes.push(document.createTextNode(text.slice(at, start)));
		nodes.push(element("mark", {}, text.slice(start, end)));
		at = end;
	}
	if (at < text.length) nodes.push(document.createTextNode(text.slice(at)));
	return nodes;
}

/** Where terms stand in `text`, ascending, none touching the next: those that overlap are one. */
export function termRanges(text: string, terms: readonly string[]): [start: number, end: number][] {
	const lower = text.toLowerCase();
	if (lower.length !== text.length) return []; // a letter whose lower case is longer: places would not fit
	const found: [number, number][] = [];
	for (const term of terms) {
		if (term === "") continue;
		for (let at = lower.indexOf(term); at !== -1; at = lower.indexOf(term, at + term.length)) {
			found.push([at, at + term.length]);
		}
	}
	found.sort(([one], [other]) => one - other);
	const merged: [number, number][] = [];
	for (const range of found) {
		const last = merged.at(-1);
		if (last !== undefined && range[0] <= last[1]) last[1] = Math.max(last[1], range[1]);
		else merged.push(range);
	}
	return merged;
}
