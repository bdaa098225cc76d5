import { type ObjectiveName, objectiveJsonSchemas, type Recipe } from "../train/recipe.ts";
import { withSharedDefinitions } from "../train/sharedDefinitions.ts";
import { recipes } from "./recipes.ts";

/** The parts of a JSON schema that are changed here. */
interface Schema {
	[key: string]: unknown;
	properties?: Record<string, Schema>;
	required?: string[];
	anyOf?: Schema[];
	oneOf?: Schema[];
	default?: unknown;
	type?: string;
	additionalProperties?: unknown;
}

/**
 * The JSON schema (draft 7) of recipe files, for editors. A file either is a whole recipe, or extends one that ships and
 * then holds only what differs: nothing is required of it, and its defaults are that recipe's.
 */
export function recipeFileJsonSchema(): unknown {
	const definitions: Record<string, Schema> = {};
	const objectives = [...objectiveJsonSchemas()] as [ObjectiveName, Schema][];
	for (const [objective, schema] of objectives) {
		const whole = describedSections(schema);
		definitions[`whole.${objective}`] = allowing(whole, ["$schema"]);
		definitions[`changes.${objective}`] = allowing(partial(whole), ["$schema", "extends"]);
	}
	const names = objectives.map(([objective]) => objective);
	const schema = {
		$schema: "http://json-schema.org/draft-07/schema#",
		title: "A recipe of Maskwright",
		description: "A run as data: everything that decides its result but the corpus",
		type: "object",
		properties: { extends: extendsSchema() },
		if: { required: ["extends"] },
		// biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
		then: { allOf: [...[...recipes.values()].map(({ recipe }) => defaultsOf(recipe)), ...names.map(changesOf)] },
		else: { anyOf: names.map((objective) => ({ $ref: `#/definitions/whole.${objective}` })) },
		definitions,
	};
	return withSharedDefinitions(schema, "definitions");
}

/** What a section means where its objective says no more of it. */
const sectionMeanings: Readonly<Record<string, string>> = {
	data: "The examples that the corpus becomes",
	objective: "What is trained: the objective, by its name, with its settings",
};

/** A recipe's schema without its address, in which every section says what it means. */
function describedSections({ $schema: _, ...schema }: Schema): Schema {
	const properties = Object.entries(schema.properties ?? {}).map(([name, section]) => {
		const meaning = section["description"] ?? sectionMeanings[name];
		return [name, meaning === undefined ? section : { ...section, description: meaning }] as const;
	});
	return { ...schema, properties: Object.fromEntries(properties) };
}

function extendsSchema(): Schema {
	const entries = [...recipes.values()].map(({ recipe }) => recipe);
	return {
		description: "The recipe that the file extends: it holds only what differs from it",
		enum: entries.map(({ name }) => name),
		enumDescriptions: entries.map(({ summary }) => summary),
	};
}

/** What holds in a file that extends a recipe with `objective`, or that names it. */
function changesOf(objective: ObjectiveName): Schema {
	const named = (value: Schema): Schema => ({
		properties: { objective: { properties: { name: value }, required: ["name"] } },
		required: ["objective"],
	});
	const extended = [...recipes.values()].filter(({ recipe }) => recipe.objective.name === objective);
	const inherits: Schema = {
		properties: { extends: { enum: extended.map(({ recipe }) => recipe.name) } },
		not: named({}),
	};
	return {
		if: { anyOf: [named({ const: objective }), ...(extended.length === 0 ? [] : [inherits])] },
		// biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
		then: { $ref: `#/definitions/changes.${objective}` },
	};
}

/** What a recipe says, as the defaults of a file that extends it. */
function defaultsOf({ name, summary: _, paper: __, ...rest }: Recipe): Schema {
	return {
		if: { properties: { extends: { const: name } } },
		// biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
		then: defaultTree(rest),
	};
}

function defaultTree(value: unknown): Schema {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return { default: value };
	const properties = Object.entries(value).map(([key, inner]) => [key, defaultTree(inner)] as const);
	return { properties: Object.fromEntries(properties) };
}

/** Further keys that a closed object may have. */
function allowing(schema: Schema, keys: readonly string[]): Schema {
	const further = Object.fromEntries(keys.map((key) => [key, {}]));
	return { ...schema, properties: { ...schema.properties, ...further } };
}

/** A schema of changes: no object requires a key. Lists and budgets are replaced whole, so theirs stay as they are. */
function partial(schema: Schema, key = ""): Schema {
	if (key === "budget") return schema;
	const { required: _, oneOf, ...rest } = schema;
	const branches = oneOf ?? schema.anyOf;
	return {
		...rest,
		...(schema.properties === undefined
			? {}
			: {
					properties: Object.fromEntries(
						Object.entries(schema.properties).map(([name, inner]) => [name, partial(inner, name)]),
					),
				}),
		// Without their required keys several branches may fit.
		...(branches === undefined ? {} : { anyOf: branches.map((branch) => partial(branch)) }),
	};
}
