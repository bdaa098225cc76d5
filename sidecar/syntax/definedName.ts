import type { Definition } from "./chunkRules.ts";
import { childOfField, type SyntaxTree } from "./syntaxTree.ts";

export interface DefinedName {
	/** With the names of the classes around it, such as `Server.listen`. */
	readonly symbol: string;
	readonly name: string;
	readonly nameRange: readonly [number, number];
}

interface NameContext {
	readonly definition: Definition;
	/** The definition that this one stands in. */
	readonly outer: { readonly symbol: string; readonly kind: string } | undefined;
	/** The type of a literal whose functions are methods. */
	readonly object: string | undefined;
	readonly parents: Int32Array;
}

/** Of classes nested deeper than this, the outermost are left out of a symbol: deep nesting would make it quadratic. */
const mostOwners = 16;

/** The name of a definition, or `undefined` where it has none or one that is no name. */
export function nameOf(tree: SyntaxTree, node: number, context: NameContext): DefinedName | undefined {
	const { definition, outer } = context;
	const named = childOfField(tree, node, definition.name);
	if (named === undefined && definition.unnamed === undefined) return undefined;
	const site = named === undefined ? node : declared(tree, named);
	const parts = named === undefined ? [definition.unnamed!] : partsOf((definition.prefix ?? "") + textOf(tree, site));
	const name = parts.at(-1);
	if (name === undefined) return undefined;
	const owners =
		outer?.kind === "class" ? outer.symbol.split(".").slice(-mostOwners) : literalOwners(tree, node, context);
	const owner = definition.owner === undefined ? undefined : childOfField(tree, node, definition.owner);
	if (owner !== undefined) owners.push(...ownerParts(textOf(tree, owner)));
	return { symbol: [...owners, ...parts].join("."), name, nameRange: rangeOf(tree, site, name) };
}

/** Below the declarators of C and C++ and the sigil of PHP: what is declared. */
function declared(tree: SyntaxTree, node: number): number {
	for (;;) {
		const within = childOfField(tree, node, "declarator") ?? parenthesized(tree, node);
		if (within === undefined) return node;
		node = within;
	}
}

function parenthesized(tree: SyntaxTree, node: number): number | undefined {
	const type = tree.types[node]!;
	if (!["parenthesized_declarator", "reference_declarator", "variable_name"].includes(type)) return undefined;
	for (let child = node + 1; child < tree.after[node]!; child = tree.after[child]!) if (tree.named[child]) return child;
	return undefined;
}

/** A name is short; what is longer is an expression. */
const longestName = 200;

function textOf(tree: SyntaxTree, node: number): string {
	return tree.text.slice(tree.starts[node], Math.min(tree.ends[node]!, tree.starts[node]! + longestName));
}

/** `Foo.prototype.bar` is Foo.bar, `A<int>::z` is A.z, `exports.f` is f, `"a-b"` is a-b, `$h` is h. */
function partsOf(text: string): string[] {
	if (!/[\p{L}\p{N}_$]/u.test(text)) return [text.trim()].filter((part) => part !== ""); // an operator
	const quoted = /^(["'`])(.*)\1$/s.exec(text.trim());
	if (quoted !== null) return quoted[2] === "" ? [] : [quoted[2]!];
	if (/^\[.*\]$/s.test(text)) return [text.replace(/\s+/g, "")];
	if (text.startsWith("operator") || text.includes("::operator")) return operatorParts(text);
	return withoutArguments(text)
		.replace(/\s+/g, "")
		.split(/::|\?\.|->|[.\\]/)
		.filter((part) => part !== "" && part !== "prototype" && part !== "this" && part !== "self")
		.filter(
			(part, place, all) => place === all.length - 1 || !(part === "exports" || (part === "module" && place === 0)),
		)
		.map((part) => part.replace(/^@+/, ""));
}

function operatorParts(text: string): string[] {
	const at = text.indexOf("operator");
	const operator = text
		.slice(at)
		.replace(/\s+/g, " ")
		.replace(/(?<=[\w&*] ?)\(.*$/s, "")
		.replace(/operator (?=\W)/, "operator")
		.trim();
	return [
		...withoutArguments(text.slice(0, at))
			.split("::")
			.map((part) => part.trim())
			.filter((part) => part !== ""),
		operator,
	];
}

/** Without the type arguments and indices in `<...>`, `[...]` or `(...)`. */
function withoutArguments(text: string): string {
	let depth = 0;
	let kept = "";
	for (const character of text) {
		if ("<[(".includes(character)) depth++;
		else if (">])".includes(character)) depth = Math.max(0, depth - 1);
		else if (depth === 0) kept += character;
	}
	return kept;
}

/** The type of a receiver such as `(s *Server[T])`, or the object of a singleton method. */
function ownerParts(text: string): string[] {
	if (!text.startsWith("(")) return text === "self" ? [] : partsOf(text);
	const type = /(\w+)\s*(?:\[[^\]]*\])?\s*\)$/.exec(text)?.[1];
	return type === undefined ? [] : [type];
}

/** The names of what a literal that holds the node is assigned to: `const server = { listen() {} }`. */
function literalOwners(tree: SyntaxTree, node: number, { object, parents }: NameContext): string[] {
	const owners: string[] = [];
	if (object === undefined) return owners;
	let at = parents[node]!;
	for (let level = 0; level < 4 && at >= 0 && tree.types[at] === object; level++) {
		at = parents[at]!;
		if (at >= 0 && tree.types[at] === "arguments") at = parents[parents[at]!] ?? -1; // new Class({ ... })
		if (at < 0) break;
		const field = ownerFields[tree.types[at]!];
		const owner = field === undefined ? undefined : childOfField(tree, at, field);
		if (owner === undefined) break;
		owners.unshift(...partsOf(textOf(tree, owner)).filter((part) => part !== "exports"));
		at = parents[at]!;
	}
	return owners;
}

const ownerFields: Readonly<Record<string, string>> = {
	variable_declarator: "name",
	assignment_expression: "left",
	pair: "key",
};

/** Where the last part of a name stands. */
function rangeOf(tree: SyntaxTree, node: number, name: string): readonly [number, number] {
	const start = tree.starts[node]!;
	const at = textOf(tree, node).lastIndexOf(name);
	return at < 0 ? [start, tree.ends[node]!] : [start + at, start + at + name.length];
}
