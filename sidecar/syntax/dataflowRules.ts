import type { SyntaxLanguage } from "./languages.ts";

/**
 * What the node types of one grammar mean for the flow of data. For the six languages of the paper the tables say what
 * the official extractor does on today's grammars, its oversights included: a model that was trained on its graphs
 * expects them.
 */
export interface DataflowRules {
	/** Types that read and set variables. */
	readonly statements: Readonly<Record<string, Statement>>;
	/** Children of a fork that are alternatives to each other. */
	readonly alternatives: readonly string[];
	/** After the first alternative all further children are alternatives too. */
	readonly alternativesToTheEnd: boolean;
	/** Whether what held before a fork always holds after it too; else only where the fork has no `else`. */
	readonly forkMayBeSkipped: boolean;
	/** Children whose variables are bound before those of their siblings. */
	readonly first?: string;
	/** Types whose subtrees hold no tokens. */
	readonly comments?: readonly string[];
}

/** How a node type moves data; `fields` are names of fields of the node. */
export type Statement =
	| { readonly kind: "define"; readonly target: string; readonly value: string | "last" }
	| { readonly kind: "assign"; readonly target: string; readonly value: string }
	/** Parts of target and value are paired where both sides have as many. */
	| { readonly kind: "assignPairs"; readonly target: string | "first"; readonly value: string | "last" }
	| { readonly kind: "update" }
	| { readonly kind: "fork" }
	/** All children twice. */
	| { readonly kind: "loop" }
	/** A loop whose children after the one of type `marker` run again, `step` of that child before them. */
	| { readonly kind: "countingLoop"; readonly marker: string; readonly step?: string }
	| {
			readonly kind: "eachLoop";
			readonly target: string;
			readonly value: string;
			readonly body: string | "lastBlock";
			/** Whether a target gets all its sources in one edge, part by part or as wholes; else in one edge each. */
			readonly together?: "parts" | "wholes";
	  }
	/** PHP's, whose grammar names no fields for what stands before `as` and after it. */
	| { readonly kind: "foreachAs"; readonly body: string };

const define: Statement = { kind: "define", target: "name", value: "value" };
const assign: Statement = { kind: "assign", target: "left", value: "right" };
const assignPairs: Statement = { kind: "assignPairs", target: "left", value: "right" };
const fork: Statement = { kind: "fork" };
const loop: Statement = { kind: "loop" };
const update: Statement = { kind: "update" };
const eachLoop = { kind: "eachLoop", target: "name", value: "value", body: "body" } as const;

const python: DataflowRules = {
	statements: {
		default_parameter: define,
		assignment: assignPairs,
		augmented_assignment: assignPairs,
		for_in_clause: { kind: "assignPairs", target: "left", value: "last" },
		if_statement: fork,
		for_statement: { ...eachLoop, target: "left", value: "right", body: "lastBlock", together: "parts" },
		while_statement: loop,
	},
	alternatives: ["elif_clause", "else_clause"],
	alternativesToTheEnd: false,
	forkMayBeSkipped: false,
	first: "for_in_clause",
};

const java: DataflowRules = {
	statements: {
		variable_declarator: define,
		assignment_expression: assign,
		update_expression: update,
		if_statement: fork,
		else: fork,
		for_statement: { kind: "countingLoop", marker: "local_variable_declaration" },
		enhanced_for_statement: eachLoop,
		while_statement: loop,
	},
	alternatives: ["if_statement", "else"],
	alternativesToTheEnd: true,
	forkMayBeSkipped: false,
};

const javascript: DataflowRules = {
	statements: {
		variable_declarator: define,
		assignment_pattern: assign,
		augmented_assignment_expression: assign,
		update_expression: update,
		if_statement: fork,
		else: fork,
		for_statement: { kind: "countingLoop", marker: "variable_declaration" },
		while_statement: loop,
	},
	alternatives: ["if_statement", "else"],
	alternativesToTheEnd: true,
	forkMayBeSkipped: true,
};

const go: DataflowRules = {
	statements: {
		var_spec: define,
		assignment_statement: assign,
		inc_statement: update,
		if_statement: fork,
		else: fork,
		for_statement: { kind: "countingLoop", marker: "for_clause", step: "update" },
	},
	alternatives: ["if_statement", "else"],
	alternativesToTheEnd: true,
	forkMayBeSkipped: true,
};

const ruby: DataflowRules = {
	statements: {
		keyword_parameter: define,
		assignment: assignPairs,
		operator_assignment: { kind: "assignPairs", target: "first", value: "last" },
		if: fork,
		elsif: fork,
		else: fork,
		unless: fork,
		when: fork,
		for: { ...eachLoop, target: "pattern", together: "wholes" },
		while_modifier: loop,
		until: loop,
	},
	alternatives: ["if", "elsif", "else", "unless", "when"],
	alternativesToTheEnd: false,
	forkMayBeSkipped: false,
};

const php: DataflowRules = {
	statements: {
		simple_parameter: { kind: "define", target: "name", value: "default_value" },
		assignment_expression: assign,
		augmented_assignment_expression: assign,
		update_expression: update,
		if_statement: fork,
		else_clause: fork,
		for_statement: { kind: "countingLoop", marker: "assignment_expression" },
		foreach_statement: { kind: "foreachAs", body: "body" },
		while_statement: loop,
	},
	alternatives: ["if_statement", "else_clause"],
	alternativesToTheEnd: true,
	forkMayBeSkipped: true,
};

const typescript: DataflowRules = {
	statements: {
		variable_declarator: define,
		required_parameter: { kind: "define", target: "pattern", value: "value" },
		optional_parameter: { kind: "define", target: "pattern", value: "value" },
		public_field_definition: define,
		assignment_expression: assign,
		assignment_pattern: assign,
		augmented_assignment_expression: assign,
		update_expression: update,
		if_statement: fork,
		for_statement: { kind: "countingLoop", marker: "lexical_declaration" },
		for_in_statement: { ...eachLoop, target: "left", value: "right" },
		while_statement: loop,
		do_statement: loop,
	},
	alternatives: ["else_clause"],
	alternativesToTheEnd: true,
	forkMayBeSkipped: false,
	comments: ["comment"],
};

const c: DataflowRules = {
	statements: {
		init_declarator: { kind: "define", target: "declarator", value: "value" },
		assignment_expression: assign,
		update_expression: update,
		if_statement: fork,
		for_statement: { kind: "countingLoop", marker: "declaration" },
		while_statement: loop,
		do_statement: loop,
	},
	alternatives: ["else_clause"],
	alternativesToTheEnd: true,
	forkMayBeSkipped: false,
	comments: ["comment"],
};

const cpp: DataflowRules = {
	...c,
	statements: {
		...c.statements,
		optional_parameter_declaration: { kind: "define", target: "declarator", value: "default_value" },
		for_range_loop: { ...eachLoop, target: "declarator", value: "right" },
	},
};

const csharp: DataflowRules = {
	statements: {
		variable_declarator: { kind: "define", target: "name", value: "last" },
		assignment_expression: assign,
		postfix_unary_expression: update,
		if_statement: fork,
		for_statement: { kind: "countingLoop", marker: "variable_declaration" },
		foreach_statement: { ...eachLoop, target: "left", value: "right" },
		while_statement: loop,
		do_statement: loop,
	},
	alternatives: ["if_statement", "else"],
	alternativesToTheEnd: true,
	forkMayBeSkipped: false,
	comments: ["comment"],
};

const rust: DataflowRules = {
	statements: {
		let_declaration: { kind: "define", target: "pattern", value: "value" },
		let_condition: { kind: "define", target: "pattern", value: "value" },
		const_item: define,
		static_item: define,
		assignment_expression: assign,
		compound_assignment_expr: assign,
		if_expression: fork,
		for_expression: { ...eachLoop, target: "pattern" },
		while_expression: loop,
		loop_expression: loop,
	},
	alternatives: ["else_clause"],
	alternativesToTheEnd: true,
	forkMayBeSkipped: false,
	comments: ["line_comment", "block_comment"],
};

/** The rules of every language. */
export const dataflowRules: Readonly<Record<SyntaxLanguage, DataflowRules>> = {
	python,
	java,
	javascript,
	go,
	ruby,
	php,
	typescript,
	tsx: typescript,
	c,
	cpp,
	csharp,
	rust,
};
