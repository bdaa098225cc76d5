/**
 * What a documentation comment or a docstring says, as plain prose: its summary and description. Comment marks, inline
 * marks (`{@link X}`, `<code>`, ``:class:`X` ``), examples and directives to tools go. So does all from the first tag
 * or section about parameters, results or errors on: that is of the signature, not of what the code does.
 * Paragraphs are lines. Never throws; linear.
 */
export function proseOf(comment: string): string {
	const paragraphs: string[] = [];
	let words: string[] = [];
	const finish = () => {
		const paragraph = inlineProse(words.join(" "));
		if (paragraph !== "") paragraphs.push(paragraph);
		words = [];
	};
	const lines = linesOf(comment.slice(0, longest));
	let fenced = false;
	for (const [place, line] of lines.entries()) {
		if (/^(```|~~~)/.test(line)) {
			fenced = !fenced;
			continue;
		}
		if (fenced || directive.test(line)) continue;
		if (endsProse(line, lines[place + 1])) break;
		if (line === "" || /^<\/?(p|br|ul|ol|li|para|remarks)\b[^>]*>$/i.test(line)) finish();
		else words.push(line.replace(keptTag, "").replace(/([.!?])\s+@[a-z]+\s.*$/, "$1"));
	}
	finish();
	return paragraphs.join("\n");
}

/** A comment longer than this is no documentation of one definition; its beginning is read. */
const longest = 8000;

/** The lines without the marks of a comment or the quotes of a string. */
function linesOf(comment: string): string[] {
	const string = /^\s*[a-z]{0,2}("""|'''|"|')/i.exec(comment);
	const text =
		string === null
			? comment
			: comment
					.slice(string[0].length)
					.trimEnd()
					.replace(new RegExp(`${string[1]}$`), "");
	return text.split(/\r?\n/).map(string === null ? withoutMarks : (line) => withoutRule(line.trim()));
}

function withoutMarks(line: string): string {
	const [mark] = /^\s*(\/\*[*!]?|\/\/[/!]?|\*(?!\/)|#+(?![[:])|=begin\b|=end\b|<!--)?/.exec(line)!;
	const rest = line.slice(mark.length);
	// Of line comments what stands further in is code: so Ruby's and Go's documentation writes it.
	if (/^\s*(#|\/\/)/.test(mark) && /^(\t| {3})/.test(rest)) return "";
	const text = rest.trim();
	return withoutRule(text.endsWith("*/") ? text.slice(0, -2).trimEnd() : text);
}

function withoutRule(line: string): string {
	return /^[-=*#~+/_]{3,}$/.test(line) ? "" : line;
}

/** Lines for linters, compilers and documentation tools. */
const directive =
	/^(eslint|jshint|jslint|tslint|prettier-ignore|istanbul|c8 ignore|v8 ignore|global |globals |@ts-|@flow|@license|biome-ignore|nolint|go:[a-z]|\+build|export [A-Za-z_]+$|type: ignore|noqa|pylint:|pragma|rubocop:|:nodoc:|:startdoc:|:stopdoc:|:call-seq:|frozen_string_literal|-\*-|vim?:|NOLINT|clang-format|codeCoverageIgnore|phpcs:|phpstan|@phpstan|@psalm|region\b|endregion\b|#region|#endregion)/;

/** Tags whose text is description. */
const keptTag =
	/^[@\\](description|desc|summary|brief|short|details|remarks|note|classdesc|fileoverview|file|overview)\b:?\s*/i;

function endsProse(line: string, next: string | undefined): boolean {
	if (keptTag.test(line)) return false;
	return (
		/^[@\\][A-Za-z]/.test(line) || // JSDoc, Javadoc, YARD, PHPDoc, Doxygen
		/^:(param|parameter|arg|type|return|returns|rtype|raise|raises|ivar|var|cvar|meta|yields?)\b[^:]*:/.test(line) || // Sphinx
		/^<(param|typeparam|returns|exception|example|value|seealso)\b/i.test(line) || // C#
		/^(>>>|\.\. )/.test(line) || // doctest, reStructuredText directives
		/^#* ?(Args|Arguments|Parameters|Params|Returns|Return value|Yields|Raises|Throws|Examples?|Attributes|Errors|Panics|Safety|See Also|References|Notes|Keyword Args|Other Parameters|Usage)\s*:?$/i.test(
			line,
		) || // Google, NumPy (whose rule is an empty line by now) and Rust
		(next !== undefined && line === "" && /^(Args|Parameters|Returns):?$/.test(next))
	);
}

/** One paragraph without inline marks. */
function inlineProse(paragraph: string): string {
	return paragraph
		.replace(/\{@(?:link|linkplain|linkcode|see|tutorial)\s+([^{}]*)\}/g, (_, link: string) => labelOf(link))
		.replace(/\{@(?:code|literal|value)\s+([^{}]*)\}/g, "$1")
		.replace(/\{@\w+\}/g, " ")
		.replace(/(?<!\S)\+([\w.:?!]+)\+/g, "$1") // RDoc
		.replace(/<(?:see|paramref|typeparamref|seealso)\s+(?:cref|name|langword)="([^"]*)"\s*\/?>/g, "$1")
		.replace(/<\/?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?\/?>/g, " ")
		.replace(/:[a-z]+(?::[a-z]+)?:`~?([^`]*)`/g, "$1")
		.replace(/`+([^`]*)`+/g, "$1")
		.replace(/&(lt|gt|amp|quot|nbsp|#39);/g, (_, name: string) => entities[name] ?? " ")
		.replace(/\s+/g, " ")
		.replace(/ ([,.;:)])/g, "$1")
		.trim();
}

/** `Target label`, `Target|label` or `Target#method(Parameter, Parameter) label`: the label, or else the target. */
function labelOf(link: string): string {
	const [, target = link, label] = /^([^\s|(]*(?:\([^)]*\))?)(?:[\s|]+(.+))?$/.exec(link.trim()) ?? [];
	return label ?? target;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', nbsp: " ", "#39": "'" };
