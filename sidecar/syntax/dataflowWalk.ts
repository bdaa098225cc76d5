import { Bindings, type Delta } from "./bindings.ts";
import { type DataflowEdge, mergedEdges } from "./dataflowEdge.ts";
import type { DataflowRules, Statement } from "./dataflowRules.ts";
import type { DataflowTokens } from "./dataflowTokens.ts";
import { childOfField, childrenOf, type SyntaxTree } from "./syntaxTree.ts";

/** A visit under way: it asks for the visit of another node by yielding it. */
type Visit = Generator<number, void, void>;

/** How many sources a variable may have, and how many once the budget is spent. */
const manySources = 1024;
const fewSources = 8;

/** One walk through a tree. Visits are generators on a stack of our own, so that deep code overflows nothing. */
export class DataflowWalk {
	edges: DataflowEdge[] = [];
	steps = 0;
	readonly #tree: SyntaxTree;
	readonly #tokens: DataflowTokens;
	readonly #rules: DataflowRules;
	readonly #budget: number;
	readonly #bindings = new Bindings();

	constructor(tree: SyntaxTree, tokens: DataflowTokens, rules: DataflowRules) {
		this.#tree = tree;
		this.#tokens = tokens;
		this.#rules = rules;
		this.#budget = 100_000 + 32 * tree.types.length;
	}

	run(): void {
		const open = [this.#visit(0)];
		for (;;) {
			const visit = open.at(-1);
			if (visit === undefined) return;
			const next = visit.next();
			if (next.done) open.pop();
			else if (this.#tokens.isToken[next.value]) this.#read(next.value);
			else open.push(this.#visit(next.value));
		}
	}

	/** Whether more than linear work was done, so that what is left must be done in the cheap way. */
	get #spent(): boolean {
		return this.steps > this.#budget;
	}

	*#visit(node: number): Visit {
		this.steps++;
		if (this.#tokens.isToken[node]) return this.#read(node);
		const type = this.#tree.types[node]!;
		const statement = Object.hasOwn(this.#rules.statements, type) ? this.#rules.statements[type] : undefined;
		if (statement !== undefined) return yield* this.#statement(node, statement);
		yield* this.#everyChild(node);
	}

	*#statement(node: number, statement: Statement): Visit {
		switch (statement.kind) {
			case "define":
				return yield* this.#define(node, statement);
			case "assign":
				return yield* this.#assign(node, statement);
			case "assignPairs":
				return yield* this.#assignPairs(node, statement);
			case "update":
				return this.#bindEach(node, node, "computedFrom");
			case "fork":
				return yield* this.#spent ? this.#everyChild(node) : this.#fork(node);
			default:
				return yield* this.#loop(node, statement);
		}
	}

	*#everyChild(node: number): Visit {
		const { after, types } = this.#tree;
		const first = this.#rules.first;
		if (first !== undefined) {
			for (let child = node + 1; child < after[node]!; child = after[child]!) if (types[child] === first) yield child;
		}
		for (let child = node + 1; child < after[node]!; child = after[child]!) if (types[child] !== first) yield child;
	}

	/** A token that is read: it comes from where its name was set last. */
	#read(node: number): void {
		this.steps++;
		const token = this.#tokens.begins[node]!;
		if (!this.#tokens.variables[token]) return;
		const name = this.#tokens.texts[token]!;
		const index = this.#tokens.indices[token]!;
		const sources = this.#bindings.get(name);
		if (sources !== undefined) {
			const sourceIndices = this.#spent ? sources.slice(-fewSources) : sources;
			this.steps += sourceIndices.length;
			this.edges.push({ name, index, relation: "comesFrom", sourceNames: [name], sourceIndices });
			return;
		}
		if (this.#tree.types[node] === "identifier") this.#bindings.set(name, [index]);
		this.#emit(index, "comesFrom", []);
	}

	*#define(node: number, { target, value }: Statement & { kind: "define" }): Visit {
		const name = childOfField(this.#tree, node, target);
		const last = childrenOf(this.#tree, node).at(-1);
		const from = value === "last" ? last : childOfField(this.#tree, node, value);
		if (name === undefined) return yield* this.#everyChild(node);
		if (from !== undefined && from !== name) {
			yield from;
			return this.#bindEach(name, from, "comesFrom");
		}
		for (const index of this.#variablesOf(name)) {
			this.#emit(index, "comesFrom", []);
			this.#bindings.set(this.#tokens.texts[index]!, [index]);
		}
	}

	*#assign(node: number, { target, value }: Statement & { kind: "assign" }): Visit {
		const left = childOfField(this.#tree, node, target);
		const right = childOfField(this.#tree, node, value);
		if (left === undefined || right === undefined) return yield* this.#everyChild(node);
		yield right;
		this.#bindEach(left, right, "computedFrom");
	}

	*#assignPairs(node: number, { target, value }: Statement & { kind: "assignPairs" }): Visit {
		const children = childrenOf(this.#tree, node);
		const left = target === "first" ? children[0] : childOfField(this.#tree, node, target);
		const right = value === "last" ? children.at(-1) : childOfField(this.#tree, node, value);
		if (left === undefined || right === undefined) return; // a declaration without a value
		yield* this.#bindPairs(value === "last" ? [[left], [right]] : this.#parts(left, right));
	}

	*#bindPairs([lefts, rights]: readonly [number[], number[]]): Visit {
		for (const right of rights) yield right;
		for (const [place, left] of lefts.entries()) {
			const [targets, sources] = this.#affordable(left, rights[place]!);
			for (const target of targets) {
				this.#emit(target, "computedFrom", sources);
				this.#bindings.set(this.#tokens.texts[target]!, [target]);
			}
		}
	}

	/** The parts of both sides that pair, or the sides as wholes. */
	#parts(left: number, right: number): readonly [number[], number[]] {
		const notComma = (child: number) => this.#tree.types[child] !== ",";
		const lefts = childrenOf(this.#tree, left).filter(notComma);
		const rights = childrenOf(this.#tree, right).filter(notComma);
		return lefts.length === rights.length && lefts.length > 0 ? [lefts, rights] : [[left], [right]];
	}

	/** Binds each variable of `left` by one edge for each variable of `right`. */
	#bindEach(left: number, right: number, relation: DataflowEdge["relation"]): void {
		const [targets, sources] = this.#affordable(left, right);
		for (const target of targets) {
			for (const source of sources) this.#emit(target, relation, [source]);
			this.#bindings.set(this.#tokens.texts[target]!, [target]);
		}
	}

	*#fork(node: number): Visit {
		const { alternatives, alternativesToTheEnd, forkMayBeSkipped } = this.#rules;
		const mark = this.#bindings.fork();
		const branches: Delta[] = [];
		let straight: Delta | undefined; // the children that are no alternatives, while an alternative is walked
		let onlyAlternatives = false;
		let hasElse = this.#tree.types[node]!.includes("else");
		for (const child of childrenOf(this.#tree, node)) {
			const type = this.#tree.types[child]!;
			hasElse ||= type.includes("else");
			if (onlyAlternatives || alternatives.includes(type)) {
				onlyAlternatives = alternativesToTheEnd;
				straight ??= this.#bindings.rewind(mark);
				yield child;
				branches.push(this.#bindings.rewind(mark));
			} else {
				if (straight !== undefined) this.#bindings.apply(straight);
				straight = undefined;
				yield child;
			}
		}
		branches.push(straight ?? this.#bindings.rewind(mark));
		if (!hasElse || forkMayBeSkipped) branches.push(new Map());
		this.steps += this.#bindings.join(branches, this.#spent ? fewSources : manySources);
	}

	*#loop(node: number, statement: Statement): Visit {
		const begin = this.edges.length;
		yield* this.#round(node, statement);
		if (this.#spent) return;
		if (statement.kind === "countingLoop") yield* this.#nextCount(node, statement);
		else yield* this.#round(node, statement);
		this.#merge(begin);
	}

	*#round(node: number, statement: Statement): Visit {
		if (statement.kind === "foreachAs") return yield* this.#foreachAs(node, statement.body);
		if (statement.kind !== "eachLoop") return yield* this.#everyChild(node);
		const left = childOfField(this.#tree, node, statement.target);
		const right = childOfField(this.#tree, node, statement.value);
		if (left === undefined || right === undefined) return yield* this.#everyChild(node);
		if (statement.together === undefined) {
			yield right;
			this.#bindEach(left, right, "computedFrom");
		} else {
			yield* this.#bindPairs(statement.together === "parts" ? this.#parts(left, right) : [[left], [right]]);
		}
		const body =
			statement.body === "lastBlock"
				? childrenOf(this.#tree, node)
						.slice(-1)
						.find((child) => this.#tree.types[child] === "block")
				: childOfField(this.#tree, node, statement.body);
		if (body !== undefined) yield body;
	}

	*#nextCount(node: number, { marker, step }: Statement & { kind: "countingLoop" }): Visit {
		let begun = false;
		for (const child of childrenOf(this.#tree, node)) {
			if (begun) {
				yield child;
			} else if (this.#tree.types[child] === marker) {
				const update = step === undefined ? undefined : childOfField(this.#tree, child, step);
				if (update !== undefined) yield update;
				begun = true;
			}
		}
	}

	/** `foreach (values as target)`; the official extractor gives up unless both are plain variables. */
	*#foreachAs(node: number, field: string): Visit {
		const children = childrenOf(this.#tree, node);
		const as = children.findIndex((child) => this.#tree.types[child] === "as");
		const body = childOfField(this.#tree, node, field);
		const plain = children.filter((child) => this.#tree.types[child] === "variable_name");
		const named = (child: number) => this.#tree.named[child] && child !== body;
		const right = plain.length > 1 ? plain[0] : children.slice(0, Math.max(as, 0)).find(named);
		const left = plain.length > 1 ? plain[1] : children.slice(as + 1).find(named);
		if (as < 0 || left === undefined || right === undefined) return yield* this.#everyChild(node);
		yield right;
		this.#bindEach(left, right, "computedFrom");
		if (body !== undefined) yield body;
	}

	/** The variables of two nodes that are to be connected; few of them when the budget does not hold all pairs. */
	#affordable(left: number, right: number): readonly [readonly number[], readonly number[]] {
		const pairs = this.#countOf(left) * this.#countOf(right);
		return this.steps + pairs <= this.#budget
			? [this.#variablesOf(left), this.#variablesOf(right)]
			: [this.#variablesOf(left, fewSources), this.#variablesOf(right, fewSources)];
	}

	#countOf(node: number): number {
		return this.#tokens.variableBegins[this.#tree.after[node]!]! - this.#tokens.variableBegins[node]!;
	}

	/** The last `limit` variables of a node. */
	#variablesOf(node: number, limit = Number.POSITIVE_INFINITY): readonly number[] {
		const { variableBegins, variableTokens, indices } = this.#tokens;
		const end = variableBegins[this.#tree.after[node]!]!;
		const begin = Math.max(variableBegins[node]!, end - limit);
		this.steps += end - begin;
		return variableTokens.slice(begin, end).map((token) => indices[token]!);
	}

	#emit(index: number, relation: DataflowEdge["relation"], sourceIndices: readonly number[]): void {
		const name = this.#tokens.texts[index]!;
		this.steps += 1 + sourceIndices.length;
		const sourceNames = sourceIndices.map((source) => this.#tokens.texts[source]!);
		this.edges.push({ name, index, relation, sourceNames, sourceIndices });
	}

	/** Makes the edges since `begin` one for each variable and relation, as a loop that is walked twice needs. */
	#merge(begin: number): void {
		const edges = this.edges.splice(begin);
		for (const edge of mergedEdges(edges)) this.edges.push(edge);
		this.steps += edges.length;
	}
}
