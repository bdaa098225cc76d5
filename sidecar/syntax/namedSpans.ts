import { chunkRules } from "./chunkRules.ts";
import { trimmedEnd } from "./definitions.ts";
import type { SyntaxLanguage } from "./languages.ts";
import { identifierTypes, keywordTypes, punctuation, type SpanRules, spanRules } from "./spanRules.ts";
import { childOfField, childrenOf, type SyntaxTree } from "./syntaxTree.ts";

/** What a stretch of code can be; `call` is the name of what is called, `type` the name of a type. */
export const spanClasses = [
	"identifier",
	"call",
	"type",
	"parameter",
	"string",
	"number",
	"comment",
	"keyword",
	"operator",
] as const;

export type SpanClass = (typeof spanClasses)[number];

/** In UTF-16 code units. */
export interface NamedSpan {
	readonly start: number;
	readonly end: number;
	readonly spanClass: SpanClass;
}

/**
 * The spans of a text, ascending and not overlapping. A parameter is one where it is declared; a string with code in
 * it falls into its parts. Brackets and separators are in no span. Never throws; linear.
 */
export function namedSpans(tree: SyntaxTree, language: SyntaxLanguage): NamedSpan[] {
	return new SpanWalk(tree, language).run();
}

class SpanWalk {
	readonly #tree: SyntaxTree;
	readonly #rules: SpanRules;
	readonly #language: SyntaxLanguage;
	readonly #strings: ReadonlySet<string>;
	readonly #called = new Set<number>();
	readonly #typeNames = new Set<number>();
	/** Names and patterns of parameters. */
	readonly #declared = new Set<number>();
	/** Nodes before these indices are part of a parameter's name, or of a type. */
	#parameterUntil = 0;
	#typeUntil = 0;

	constructor(tree: SyntaxTree, language: SyntaxLanguage) {
		this.#tree = tree;
		this.#language = language;
		this.#rules = spanRules[language];
		this.#strings = new Set(this.#rules.strings);
	}

	run(): NamedSpan[] {
		const { types, starts, ends, after } = this.#tree;
		const spans: NamedSpan[] = [];
		const open: number[] = [];
		for (let node = 0; node < types.length; ) {
			while (open.length > 0 && after[open.at(-1)!]! <= node) open.pop();
			this.#lookAhead(node);
			const spanClass = this.#classOf(node, open.at(-1));
			if (spanClass !== undefined || after[node] === node + 1) {
				if (spanClass !== undefined && starts[node]! < trimmedEnd(this.#tree.text, ends[node]!)) {
					spans.push({ start: starts[node]!, end: trimmedEnd(this.#tree.text, ends[node]!), spanClass });
				}
				node = after[node]!;
			} else {
				open.push(node);
				node++;
			}
		}
		return spans;
	}

	/** Notes what a node says of nodes within it. */
	#lookAhead(node: number): void {
		const { types, fields, after } = this.#tree;
		const type = types[node]!;
		const { calls, parameters, typeNodes, typeFields } = this.#rules;
		if (Object.hasOwn(calls, type)) {
			const callee = this.#picked(node, calls[type]!);
			if (callee !== undefined) this.#called.add(callee);
		}
		if (this.#declared.has(node)) this.#parameterUntil = Math.max(this.#parameterUntil, after[node]!);
		const field = fields[node] ?? null;
		const isType = typeNodes.includes(type) || (field !== null && typeFields.includes(field));
		if (isType) this.#typeUntil = Math.max(this.#typeUntil, after[node]!);
		if (Object.hasOwn(parameters, type)) this.#noteParameters(node, parameters[type]!);
		const definitions = chunkRules[this.#language].definitions;
		if (
			Object.hasOwn(definitions, type) &&
			definitions[type]!.kind === "class" &&
			definitions[type]!.value === undefined
		) {
			const name = childOfField(this.#tree, node, definitions[type]!.name);
			if (name !== undefined) this.#typeNames.add(name);
		}
	}

	/** The name at the end of what is called: `c` of `a.b.c()`. */
	#picked(node: number, field: string): number | undefined {
		let picked = childBy(this.#tree, node, field);
		while (picked !== undefined && Object.hasOwn(this.#rules.members, this.#tree.types[picked]!)) {
			const within = childBy(this.#tree, picked, this.#rules.members[this.#tree.types[picked]!]!);
			if (within === undefined) break;
			picked = within;
		}
		return picked;
	}

	#noteParameters(node: number, field: string | null): void {
		const { types, fields, named, after } = this.#tree;
		for (let child = node + 1; child < after[node]!; child = after[child]!) {
			if (field === null ? !named[child] : fields[child] !== field) continue;
			if (field === null && Object.hasOwn(this.#rules.parameters, types[child]!)) continue;
			const hasDefault = types[child] === "assignment_pattern";
			const declared = hasDefault ? (childOfField(this.#tree, child, "left") ?? child) : child;
			this.#declared.add(declared);
		}
	}

	#classOf(node: number, parent: number | undefined): SpanClass | undefined {
		const type = this.#tree.types[node]!;
		const isLeaf = this.#tree.after[node] === node + 1;
		if (chunkRules[this.#language].comments.includes(type)) return "comment";
		if (this.#strings.has(type)) return this.#isInterpolated(node) ? undefined : "string";
		if (isLeaf && parent !== undefined && this.#strings.has(this.#tree.types[parent]!)) return "string"; // quotes
		if (this.#rules.numbers.includes(type)) return "number";
		if (this.#rules.types.includes(type)) return this.#called.has(node) ? "call" : "type";
		if (identifierTypes.has(type)) return this.#classOfName(node);
		if (keywordTypes.has(type) && isLeaf) return "keyword";
		return isLeaf && !this.#tree.named[node] ? classOfWord(type) : undefined;
	}

	#classOfName(node: number): SpanClass {
		if (this.#called.has(node)) return "call";
		if (this.#typeNames.has(node) || node < this.#typeUntil) return "type";
		return node < this.#parameterUntil ? "parameter" : "identifier";
	}

	#isInterpolated(node: number): boolean {
		const { types, after } = this.#tree;
		for (let child = node + 1; child < after[node]!; child = after[child]!) {
			if (this.#rules.interpolations.includes(types[child]!)) return true;
			// A heredoc's body stands between.
			if (this.#strings.has(types[child]!) && after[child]! > child + 1 && this.#isInterpolated(child)) return true;
		}
		return false;
	}
}

function childBy(tree: SyntaxTree, node: number, field: string): number | undefined {
	if (field !== "first" && field !== "last") return childOfField(tree, node, field);
	return childrenOf(tree, node).at(field === "first" ? 0 : -1);
}

/** An unnamed node is a keyword or an operator; its type is its text. */
function classOfWord(type: string): SpanClass | undefined {
	if (/^[#@]?[\p{L}_][\p{L}\p{N}_ ]*!?$/u.test(type)) return "keyword";
	return punctuation.has(type) || /["'`(){}[\]]/.test(type) ? undefined : "operator";
}
