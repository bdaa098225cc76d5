import { type ChunkRules, chunkRules, type Definition } from "./chunkRules.ts";
import { type DefinedName, nameOf } from "./definedName.ts";
import type { SyntaxLanguage } from "./languages.ts";
import { childOfField, childrenOf, type SyntaxTree } from "./syntaxTree.ts";

/** A function, method or class of a text. */
export interface DefinitionSite extends DefinedName {
	readonly kind: "function" | "method" | "class";
	/** The node with all that belongs to it, such as `export` and decorators. */
	readonly node: number;
	/** With the comments before it and one behind it on its last line. */
	readonly start: number;
	readonly end: number;
	/** The index of the definition that it stands in. */
	readonly parent: number | undefined;
	/** The nodes that document it. */
	readonly documentation: readonly number[];
}

/** Functions up to this size keep the functions within them. */
const longFunction = { lines: 150, characters: 10_000 };

/** Every definition that is a chunk, those around others first. Linear; takes no stack. */
export function definitionsOf(tree: SyntaxTree, language: SyntaxLanguage): DefinitionSite[] {
	return new DefinitionWalk(tree, chunkRules[language]).run();
}

class DefinitionWalk {
	readonly #tree: SyntaxTree;
	readonly #rules: ChunkRules;
	readonly #comments: ReadonlySet<string>;
	readonly #parents: Int32Array;
	/** The sibling before each node, or -1. */
	readonly #siblings: Int32Array;
	readonly #sites: DefinitionSite[] = [];

	constructor(tree: SyntaxTree, rules: ChunkRules) {
		this.#tree = tree;
		this.#rules = rules;
		this.#comments = new Set(rules.comments);
		this.#parents = new Int32Array(tree.types.length).fill(-1);
		this.#siblings = new Int32Array(tree.types.length).fill(-1);
	}

	run(): DefinitionSite[] {
		const { types, after } = this.#tree;
		this.#link();
		const open: { readonly after: number; readonly index: number }[] = [];
		for (let node = 0; node < types.length; ) {
			while (open.length > 0 && open.at(-1)!.after <= node) open.pop();
			const site = this.#siteAt(node, open.at(-1)?.index);
			if (site === undefined) {
				node++;
				continue;
			}
			this.#sites.push(site);
			if (site.kind !== "class" && !this.#isLong(site)) {
				node = after[node]!;
				continue;
			}
			open.push({ after: after[node]!, index: this.#sites.length - 1 });
			node++;
		}
		return this.#sites;
	}

	#link(): void {
		const { after, types } = this.#tree;
		for (let node = 0; node < types.length; node++) {
			let before = -1;
			for (let child = node + 1; child < after[node]!; child = after[child]!) {
				this.#parents[child] = node;
				this.#siblings[child] = before;
				before = child;
			}
		}
	}

	#siteAt(node: number, parent: number | undefined): DefinitionSite | undefined {
		const type = this.#tree.types[node]!;
		const definition = Object.hasOwn(this.#rules.definitions, type) ? this.#rules.definitions[type] : undefined;
		if (definition === undefined || !this.#tree.named[node]) return undefined;
		const kind = this.#kindOf(node, definition);
		const outer = this.#sites[parent ?? -1];
		if (kind === undefined) return undefined;
		const name = nameOf(this.#tree, node, { definition, outer, object: this.#rules.object, parents: this.#parents });
		if (name === undefined) return undefined;
		const whole = this.#withWrappers(node);
		const { start, comments } = this.#leading(whole, outer);
		return {
			...name,
			kind: kind === "function" && name.symbol !== name.name ? "method" : kind,
			node: whole,
			start,
			end: this.#trailing(whole),
			parent,
			documentation: this.#docstring(node) ?? comments,
		};
	}

	#kindOf(node: number, definition: Definition): DefinitionSite["kind"] | undefined {
		const { needs, value, minimumLines } = definition;
		if (needs !== undefined && childOfField(this.#tree, node, needs) === undefined) return undefined;
		if (minimumLines !== undefined && this.#lines(node, minimumLines) < minimumLines) return undefined;
		if (value === undefined) return definition.kind;
		let held = childOfField(this.#tree, node, value);
		// Go's values stand in a list.
		if (held !== undefined && this.#tree.types[held] === "expression_list") held = childrenOf(this.#tree, held)[0];
		if (held === undefined || !Object.hasOwn(this.#rules.values, this.#tree.types[held]!)) return undefined;
		if (this.#tree.types[held]!.endsWith("_specifier") && childOfField(this.#tree, held, "body") === undefined)
			return undefined;
		const kind = this.#rules.values[this.#tree.types[held]!];
		return kind === "function" ? definition.kind : kind;
	}

	/** The lines of a node; counts no further than `enough`. */
	#lines(node: number, enough: number): number {
		const text = this.#tree.text.slice(this.#tree.starts[node], this.#tree.ends[node]);
		let lines = 1;
		for (let at = text.indexOf("\n"); at >= 0 && lines < enough; at = text.indexOf("\n", at + 1)) lines++;
		return lines;
	}

	#isLong(site: DefinitionSite): boolean {
		const { starts, ends } = this.#tree;
		if (ends[site.node]! - starts[site.node]! > longFunction.characters) return true;
		return this.#lines(site.node, longFunction.lines + 1) > longFunction.lines;
	}

	#withWrappers(node: number): number {
		const { types, after, named } = this.#tree;
		for (;;) {
			const parent = this.#parents[node]!;
			if (parent < 0 || !this.#rules.wrappers.includes(types[parent]!)) return node;
			for (let other = parent + 1; other < after[parent]!; other = after[other]!) {
				if (other === node || !named[other] || this.#comments.has(types[other]!)) continue;
				if (other > node || Object.hasOwn(this.#rules.definitions, types[other]!)) return node;
			}
			node = parent;
		}
	}

	/** Comments and the like that stand before a node without a blank line between, the last first. */
	#leading(node: number, outer: DefinitionSite | undefined): { start: number; comments: number[] } {
		const { text, types, starts, ends } = this.#tree;
		let start = starts[node]!;
		const comments: number[] = [];
		for (let at = this.#before(node); at >= 0; at = this.#before(at)) {
			const isComment = this.#comments.has(types[at]!);
			if (outer !== undefined && starts[at]! <= starts[outer.node]!) break;
			if (!isComment && !this.#rules.leading.includes(types[at]!)) break;
			if (
				isComment &&
				(/\n[^\S\n]*\n/.test(text.slice(trimmedEnd(text, ends[at]!), start)) || !beginsLine(text, starts[at]!))
			)
				break;
			if (isComment && this.#rules.innerComments?.some((mark) => text.startsWith(mark, starts[at]))) break;
			if (isComment) comments.push(at);
			start = starts[at]!;
		}
		return { start, comments: this.#documenting(comments) };
	}

	/** The node before a node: also one that an earlier sibling of what begins with the node is. */
	#before(node: number): number {
		for (let at = node; at >= 0; at = this.#parents[at]!) {
			if (this.#siblings[at]! >= 0) return this.#siblings[at]!;
			const parent = this.#parents[at]!;
			if (parent < 0 || this.#tree.starts[parent] !== this.#tree.starts[node]) return -1;
		}
		return -1;
	}

	/** Of the comments before a definition: the last one of many lines, or the run of single lines. In their order. */
	#documenting(comments: readonly number[]): number[] {
		const { text, starts } = this.#tree;
		const block = comments.find((comment) => text.startsWith("/*", starts[comment]));
		return block === undefined ? [...comments].reverse() : [block];
	}

	/** The end of a node, or of the comment behind it on the same line. */
	#trailing(node: number): number {
		const { text, types, starts, ends, after } = this.#tree;
		const end = ends[node]!;
		for (
			let next = after[node]!;
			next < types.length && /^[^\S\n]*[;,]?[^\S\n]*$/.test(text.slice(end, starts[next]).slice(0, 80));
			next = after[next]!
		) {
			if (this.#comments.has(types[next]!)) return trimmedEnd(text, ends[next]!);
			if (types[next] !== ";" && types[next] !== ",") break;
		}
		return trimmedEnd(text, end);
	}

	#docstring(node: number): number[] | undefined {
		const { docstring } = this.#rules;
		if (docstring === undefined) return undefined;
		const body = childOfField(this.#tree, node, "body");
		const first = body === undefined ? undefined : docstringOf(this.#tree, body, docstring);
		return first === undefined ? undefined : [first];
	}
}

/** The string that begins a body and documents it. */
export function docstringOf(tree: SyntaxTree, body: number, type: string): number | undefined {
	for (let child = body + 1; child < tree.after[body]!; child = tree.after[child]!) {
		if (tree.types[child] === "comment") continue;
		const alone = tree.types[child] === "expression_statement" && tree.types[child + 1] === type;
		return alone && tree.after[child + 1] === tree.after[child] ? child + 1 : undefined;
	}
	return undefined;
}

/** Whether only white space stands before a place in its line. */
export function beginsLine(text: string, place: number): boolean {
	while (place > 0 && /[^\S\n]/.test(text[place - 1]!)) place--;
	return place === 0 || text[place - 1] === "\n";
}

/** Some grammars count the line break as a part of a comment or a statement. */
export function trimmedEnd(text: string, end: number): number {
	while (end > 0 && /\s/.test(text[end - 1]!)) end--;
	return end;
}
