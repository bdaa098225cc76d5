import type { SyntaxLanguage } from "./languages.ts";

/** What the node types of one grammar mean for chunks. */
export interface ChunkRules {
	/** Types that define something with a name. */
	readonly definitions: Readonly<Record<string, Definition>>;
	/** Types of values that make a definition of what they are assigned to. */
	readonly values: Readonly<Record<string, "function" | "class">>;
	/** Types of comments. */
	readonly comments: readonly string[];
	/** Types before a definition, beside comments, that belong to it. */
	readonly leading: readonly string[];
	/** How comments begin that document what is around them. */
	readonly innerComments?: readonly string[];
	/** Types around a definition that belong to it. */
	readonly wrappers: readonly string[];
	/** The type of a string that documents the body it begins. */
	readonly docstring?: string;
	/** The type of a literal whose functions are methods of what it is assigned to. */
	readonly object?: string;
}

export interface Definition {
	readonly kind: "function" | "method" | "class";
	/** The field of its name. */
	readonly name: string;
	/** The field of the type or object that it belongs to, where that stands beside the name. */
	readonly owner?: string;
	/** It defines only where this field is filled. */
	readonly needs?: string;
	/** It defines only where this field holds one of the language's `values`, which then also say its kind. */
	readonly value?: string;
	/** Its name where the field is empty. */
	readonly unnamed?: string;
	/** Stands before the name. */
	readonly prefix?: string;
	/** Shorter ones stay in the text around them. */
	readonly minimumLines?: number;
}

const functionByName: Definition = { kind: "function", name: "name" };
const methodByName: Definition = { kind: "method", name: "name" };
const classByName: Definition = { kind: "class", name: "name" };
const assigned: Definition = { kind: "function", name: "left", value: "right" };
const initialised: Definition = { kind: "function", name: "name", value: "value" };

const javascript: ChunkRules = {
	definitions: {
		function_declaration: functionByName,
		generator_function_declaration: functionByName,
		class_declaration: classByName,
		method_definition: methodByName,
		variable_declarator: initialised,
		assignment_expression: assigned,
		export_statement: { kind: "function", name: "name", value: "value", unnamed: "default" },
		field_definition: { ...initialised, kind: "method", name: "property" },
		// One-liners within a literal stay there.
		pair: { kind: "method", name: "key", value: "value", minimumLines: 3 },
	},
	values: {
		arrow_function: "function",
		function_expression: "function",
		generator_function: "function",
		class: "class",
	},
	comments: ["comment", "html_comment", "hash_bang_line"],
	leading: ["decorator"],
	wrappers: [
		"export_statement",
		"lexical_declaration",
		"variable_declaration",
		"expression_statement",
		"assignment_expression",
	],
	object: "object",
};

const typescript: ChunkRules = {
	...javascript,
	definitions: {
		...javascript.definitions,
		function_signature: functionByName,
		abstract_class_declaration: classByName,
		interface_declaration: classByName,
		enum_declaration: classByName,
		type_alias_declaration: { ...classByName, minimumLines: 2 },
		public_field_definition: { ...initialised, kind: "method" },
	},
	wrappers: [...javascript.wrappers, "ambient_declaration"],
};

const c: ChunkRules = {
	definitions: {
		function_definition: { kind: "function", name: "declarator" },
		struct_specifier: { ...classByName, needs: "body" },
		union_specifier: { ...classByName, needs: "body" },
		enum_specifier: { ...classByName, needs: "body" },
		type_definition: { kind: "class", name: "declarator", value: "type" },
		preproc_function_def: { ...functionByName, minimumLines: 3 },
	},
	values: { struct_specifier: "class", union_specifier: "class", enum_specifier: "class" },
	comments: ["comment"],
	leading: [],
	wrappers: [],
};

/** The rules of every language. */
export const chunkRules: Readonly<Record<SyntaxLanguage, ChunkRules>> = {
	python: {
		definitions: {
			function_definition: functionByName,
			class_definition: classByName,
			assignment: assigned,
		},
		values: { lambda: "function" },
		comments: ["comment"],
		leading: [],
		wrappers: ["decorated_definition", "expression_statement"],
		docstring: "string",
	},
	java: {
		definitions: {
			method_declaration: methodByName,
			constructor_declaration: methodByName,
			compact_constructor_declaration: methodByName,
			class_declaration: classByName,
			interface_declaration: classByName,
			enum_declaration: classByName,
			record_declaration: classByName,
			annotation_type_declaration: classByName,
		},
		values: {},
		comments: ["line_comment", "block_comment"],
		leading: [],
		wrappers: [],
	},
	javascript,
	go: {
		definitions: {
			function_declaration: functionByName,
			method_declaration: { kind: "method", name: "name", owner: "receiver" },
			type_spec: classByName,
			type_alias: classByName,
			var_spec: initialised,
		},
		values: { func_literal: "function" },
		comments: ["comment"],
		leading: [],
		wrappers: ["type_declaration", "var_declaration"],
	},
	ruby: {
		definitions: {
			method: functionByName,
			singleton_method: { kind: "method", name: "name", owner: "object" },
			class: classByName,
			module: classByName,
			assignment: assigned,
		},
		values: { lambda: "function" },
		comments: ["comment"],
		leading: [],
		wrappers: ["argument_list", "call"],
	},
	php: {
		definitions: {
			function_definition: functionByName,
			method_declaration: methodByName,
			class_declaration: classByName,
			interface_declaration: classByName,
			trait_declaration: classByName,
			enum_declaration: classByName,
			assignment_expression: assigned,
		},
		values: { anonymous_function: "function", arrow_function: "function" },
		comments: ["comment"],
		leading: [],
		wrappers: ["expression_statement"],
	},
	typescript,
	tsx: typescript,
	c,
	cpp: {
		...c,
		definitions: {
			...c.definitions,
			class_specifier: { ...classByName, needs: "body" },
			concept_definition: classByName,
			init_declarator: { kind: "function", name: "declarator", value: "value" },
		},
		values: { ...c.values, class_specifier: "class", lambda_expression: "function" },
		wrappers: ["template_declaration", "declaration"],
	},
	csharp: {
		definitions: {
			method_declaration: methodByName,
			constructor_declaration: methodByName,
			destructor_declaration: { ...methodByName, prefix: "~" },
			operator_declaration: { kind: "method", name: "operator", prefix: "operator" },
			property_declaration: { ...methodByName, minimumLines: 3 },
			local_function_statement: functionByName,
			class_declaration: classByName,
			interface_declaration: classByName,
			enum_declaration: classByName,
			struct_declaration: classByName,
			record_declaration: classByName,
			delegate_declaration: classByName,
		},
		values: {},
		comments: ["comment"],
		leading: [],
		wrappers: ["global_statement"],
	},
	rust: {
		definitions: {
			function_item: functionByName,
			struct_item: classByName,
			union_item: classByName,
			enum_item: classByName,
			trait_item: classByName,
			impl_item: { kind: "class", name: "type" },
			macro_definition: functionByName,
			type_item: { ...classByName, minimumLines: 2 },
		},
		values: {},
		comments: ["line_comment", "block_comment"],
		innerComments: ["//!", "/*!"],
		leading: ["attribute_item"],
		wrappers: [],
	},
};
