import type { SyntaxLanguage } from "./languages.ts";

/** What the node types of one grammar mean for spans; comments and the names of classes stand in its chunk rules. */
export interface SpanRules {
	/** Types of literals in quotes and of their parts. */
	readonly strings: readonly string[];
	/** Types within a string that are code. */
	readonly interpolations: readonly string[];
	readonly numbers: readonly string[];
	/** Types of a node that is one name of a type. */
	readonly types: readonly string[];
	/** Types and fields of nodes in which every name is that of a type. */
	readonly typeNodes: readonly string[];
	readonly typeFields: readonly string[];
	/** Of each type that calls, the field of what it calls. */
	readonly calls: Readonly<Record<string, string>>;
	/** Of each type that picks something out of something, the field of what it picks, or its first or last child. */
	readonly members: Readonly<Record<string, string>>;
	/** Of each type that declares parameters, the field of their names; `null` where they are its children. */
	readonly parameters: Readonly<Record<string, string | null>>;
}

/** Names, in whatever grammar. */
export const identifierTypes: ReadonlySet<string> = new Set([
	"identifier",
	"property_identifier",
	"private_property_identifier",
	"shorthand_property_identifier",
	"shorthand_property_identifier_pattern",
	"shorthand_field_identifier",
	"statement_identifier",
	"field_identifier",
	"namespace_identifier",
	"package_identifier",
	"label_name",
	"name",
	"variable_name",
	"constant",
	"instance_variable",
	"class_variable",
	"global_variable",
	"hash_key_symbol",
	"setter",
	"implicit_parameter",
]);

/** Keywords that grammars name, besides the unnamed words. */
export const keywordTypes: ReadonlySet<string> = new Set([
	"true",
	"false",
	"none",
	"null",
	"nil",
	"undefined",
	"this",
	"self",
	"super",
	"null_literal",
	"boolean",
	"boolean_literal",
	"modifier",
	"visibility_modifier",
	"auto",
	"iota",
	"crate",
	"inferred_type",
]);

/** Unnamed nodes that are neither keyword nor operator. */
export const punctuation: ReadonlySet<string> = new Set([
	"(",
	")",
	"[",
	"]",
	"{",
	"}",
	",",
	";",
	":",
	".",
	"::",
	"\\",
	"#",
	"\n",
]);

const javascript: SpanRules = {
	strings: ["string", "template_string", "regex", "string_fragment", "escape_sequence"],
	interpolations: ["template_substitution"],
	numbers: ["number"],
	types: ["type_identifier", "predefined_type"],
	typeNodes: ["class_heritage"],
	typeFields: ["constructor"],
	calls: { call_expression: "function" },
	members: { member_expression: "property" },
	parameters: { formal_parameters: null, arrow_function: "parameter", catch_clause: "parameter" },
};

const typescript: SpanRules = {
	...javascript,
	parameters: {
		required_parameter: "pattern",
		optional_parameter: "pattern",
		arrow_function: "parameter",
		catch_clause: "parameter",
	},
};

const c: SpanRules = {
	strings: ["string_literal", "char_literal", "system_lib_string", "raw_string_literal"],
	interpolations: [],
	numbers: ["number_literal"],
	types: ["type_identifier", "primitive_type", "sized_type_specifier"],
	typeNodes: [],
	typeFields: [],
	calls: { call_expression: "function" },
	members: { field_expression: "field" },
	parameters: { parameter_declaration: "declarator", preproc_params: null },
};

/** The rules of every language. */
export const spanRules: Readonly<Record<SyntaxLanguage, SpanRules>> = {
	python: {
		strings: ["string", "string_start", "string_content", "string_end"],
		interpolations: ["interpolation"],
		numbers: ["integer", "float"],
		types: [],
		typeNodes: ["type"],
		typeFields: ["superclasses"],
		calls: { call: "function" },
		members: { attribute: "attribute" },
		parameters: {
			parameters: null,
			lambda_parameters: null,
			typed_parameter: null,
			default_parameter: "name",
			typed_default_parameter: "name",
		},
	},
	java: {
		strings: ["string_literal", "character_literal", "string_fragment", "escape_sequence"],
		interpolations: ["string_interpolation"],
		numbers: [
			"decimal_integer_literal",
			"hex_integer_literal",
			"octal_integer_literal",
			"binary_integer_literal",
			"decimal_floating_point_literal",
			"hex_floating_point_literal",
		],
		types: ["type_identifier", "integral_type", "floating_point_type", "boolean_type", "void_type"],
		typeNodes: ["scoped_type_identifier"],
		typeFields: [],
		calls: { method_invocation: "name" },
		members: {},
		parameters: {
			formal_parameter: "name",
			spread_parameter: null,
			inferred_parameters: null,
			lambda_expression: "parameters",
			catch_formal_parameter: "name",
		},
	},
	javascript,
	go: {
		strings: ["interpreted_string_literal", "raw_string_literal", "rune_literal"],
		interpolations: [],
		numbers: ["int_literal", "float_literal", "imaginary_literal"],
		types: ["type_identifier"],
		typeNodes: [],
		typeFields: [],
		calls: { call_expression: "function" },
		members: { selector_expression: "field" },
		parameters: { parameter_declaration: "name", variadic_parameter_declaration: "name" },
	},
	ruby: {
		strings: [
			"string",
			"string_content",
			"escape_sequence",
			"heredoc_beginning",
			"heredoc_body",
			"heredoc_content",
			"heredoc_end",
			"simple_symbol",
			"delimited_symbol",
			"regex",
			"subshell",
			"string_array",
			"symbol_array",
			"bare_string",
			"bare_symbol",
			"character",
		],
		interpolations: ["interpolation"],
		numbers: ["integer", "float", "rational", "complex"],
		types: ["constant"],
		typeNodes: [],
		typeFields: [],
		calls: { call: "method" },
		members: {},
		parameters: {
			method_parameters: null,
			block_parameters: null,
			lambda_parameters: null,
			optional_parameter: "name",
			keyword_parameter: "name",
		},
	},
	php: {
		strings: [
			"string",
			"encapsed_string",
			"heredoc",
			"heredoc_start",
			"heredoc_body",
			"heredoc_end",
			"nowdoc",
			"nowdoc_body",
			"nowdoc_string",
			"shell_command_expression",
			"string_content",
			"escape_sequence",
			"text",
		],
		interpolations: [
			"variable_name",
			"member_access_expression",
			"nullsafe_member_access_expression",
			"subscript_expression",
			"member_call_expression",
			"dynamic_variable_name",
		],
		numbers: ["integer", "float"],
		types: ["primitive_type"],
		typeNodes: ["named_type", "base_clause", "class_interface_clause", "use_declaration"],
		typeFields: [],
		calls: {
			function_call_expression: "function",
			member_call_expression: "name",
			nullsafe_member_call_expression: "name",
			scoped_call_expression: "name",
		},
		members: { qualified_name: "last" },
		parameters: { simple_parameter: "name", variadic_parameter: "name", property_promotion_parameter: "name" },
	},
	typescript,
	tsx: typescript,
	c,
	cpp: {
		...c,
		types: [...c.types, "placeholder_type_specifier"],
		members: { ...c.members, qualified_identifier: "name", template_function: "name", template_method: "name" },
		parameters: { ...c.parameters, optional_parameter_declaration: "declarator" },
	},
	csharp: {
		strings: [
			"string_literal",
			"verbatim_string_literal",
			"raw_string_literal",
			"character_literal",
			"interpolated_string_expression",
			"interpolation_start",
			"interpolation_quote",
			"string_content",
			"escape_sequence",
		],
		interpolations: ["interpolation"],
		numbers: ["integer_literal", "real_literal"],
		types: ["predefined_type"],
		typeNodes: ["base_list", "type_argument_list", "type_parameter_list"],
		typeFields: ["type", "returns"],
		calls: { invocation_expression: "function" },
		members: {
			member_access_expression: "name",
			member_binding_expression: "name",
			conditional_access_expression: "last",
			generic_name: "first",
		},
		parameters: { parameter: "name", implicit_parameter: null, lambda_expression: "parameters" },
	},
	rust: {
		strings: ["string_literal", "raw_string_literal", "char_literal"],
		interpolations: [],
		numbers: ["integer_literal", "float_literal"],
		types: ["type_identifier", "primitive_type"],
		typeNodes: [],
		typeFields: [],
		calls: { call_expression: "function", macro_invocation: "macro" },
		members: { field_expression: "field", scoped_identifier: "name", generic_function: "function" },
		parameters: { parameter: "pattern", closure_parameters: null },
	},
};
