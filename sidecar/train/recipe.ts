import { z } from "zod";
import { MaskwrightError } from "../base/errors.ts";
import { adapterSchema } from "../model/adapters/config.ts";
import { optimizerSchema } from "../optim/optimizers.ts";
import { scheduleSchema } from "../optim/schedules.ts";
import type { RecipePage } from "../protocol/recipeCards.ts";
import { contradictionOf, objectiveSections } from "./objectiveSections.ts";
import {
	checkpointSectionSchema,
	evaluationSectionSchema,
	tokenizerSectionSchema,
	trainSectionSchema,
} from "./recipeSections.ts";
import { regionContradiction } from "./regionContradiction.ts";
import { withSharedDefinitions } from "./sharedDefinitions.ts";

/** A recipe with the sections of one objective between what every recipe has. */
function recipeWith<Sections extends z.core.$ZodLooseShape>(sections: Sections) {
	return z.strictObject({
		name: z
			.string()
			.regex(/^[a-z0-9][a-z0-9-]*$/, "lower-case letters, digits and hyphens")
			.describe("What runs of the recipe are called: lower-case letters, digits and hyphens"),
		summary: z.string().min(1).describe("What the recipe is, in a sentence"),
		paper: z.string().optional().describe("The paper that it follows"),
		from: z
			.string()
			.min(1)
			.optional()
			.describe("The model that training goes on from where the call names no other: its name or folder"),
		tokenizer: tokenizerSectionSchema,
		...sections,
		adapter: adapterSchema
			.optional()
			.describe(
				"What is trained in place of the weights of the model that training goes on from, which stay as they are",
			),
		optimizer: optimizerSchema,
		schedule: scheduleSchema,
		train: trainSectionSchema,
		evaluation: evaluationSectionSchema,
		checkpoint: checkpointSectionSchema,
	});
}

/**
 * A recipe: everything that decides a run's result but the corpus, as JSON data. Its objective decides which sections
 * it has; unknown keys are refused. The resolved recipe is saved in the run's folder.
 */
const recipeSchemas = Object.fromEntries(
	Object.entries(objectiveSections).map(([name, sections]) => [name, recipeWith(sections as z.core.$ZodLooseShape)]),
) as unknown as RecipeSchemas;

type RecipeSchemas = {
	readonly [Name in keyof typeof objectiveSections]: ReturnType<typeof recipeWith<(typeof objectiveSections)[Name]>>;
};

export type ObjectiveName = keyof typeof recipeSchemas;

/** A recipe with one objective. */
export type RecipeOf<Name extends ObjectiveName> = z.infer<(typeof recipeSchemas)[Name]>;

export type Recipe = { [Name in ObjectiveName]: RecipeOf<Name> }[ObjectiveName];

/** A recipe as it ships: the data, and beside each number that was chosen the reason for it, by dotted key. */
export interface RecipeEntry {
	recipe: Recipe;
	state: "designed" | "exact-green" | "learn-green" | "editor-command";
	reasons: Readonly<Record<string, string>>;
	/** What its page in the gallery says, of a recipe that is a paper's. */
	page?: RecipePage;
}

/**
 * Checks a recipe.
 * @throws `recipeInvalid` naming the key, what stood there, and what may stand there.
 */
export function parseRecipe(json: unknown, source = "The recipe"): Recipe {
	const result = schemaFor(json, source).safeParse(json);
	if (!result.success)
		throw new MaskwrightError("recipeInvalid", `${source} can't be used: ${describeIssues(result.error)}`);
	checkConsistency(result.data, source);
	return result.data;
}

/** The schema of the objective that a recipe names; where it names none that exists, that is what is wrong with it. */
export function schemaFor(json: unknown, source: string): z.ZodType<Recipe> {
	const objective = isObject(json) ? json["objective"] : undefined;
	const name = isObject(objective) ? objective["name"] : undefined;
	if (typeof name === "string" && Object.hasOwn(recipeSchemas, name)) return recipeSchemas[name as ObjectiveName];
	const known = Object.keys(recipeSchemas).join(", ");
	throw new MaskwrightError("recipeInvalid", `${source} can't be used: objective.name must be one of ${known}.`);
}

/** The JSON schema of a whole recipe. */
export function recipeJsonSchema(): unknown {
	return withSharedDefinitions(z.toJSONSchema(z.union(Object.values(recipeSchemas))), "$defs");
}

/** The JSON schema (draft 7, as editors read it) of a whole recipe with each objective; what has a default may be left out. */
export function objectiveJsonSchemas(): ReadonlyMap<ObjectiveName, unknown> {
	const schemas = Object.entries(recipeSchemas) as [ObjectiveName, z.ZodType][];
	return new Map(schemas.map(([name, schema]) => [name, z.toJSONSchema(schema, { target: "draft-7", io: "input" })]));
}

/** Every leaf of a recipe by dotted key, in the schema's order. */
export function flattenRecipe(recipe: Recipe): [key: string, value: unknown][] {
	const leaves: [string, unknown][] = [];
	const walk = (value: unknown, path: string): void => {
		if (!isObject(value)) leaves.push([path, value]);
		else for (const [key, inner] of Object.entries(value)) walk(inner, path === "" ? key : `${path}.${key}`);
	};
	walk(recipe, "");
	return leaves;
}

function checkConsistency(recipe: Recipe, source: string): void {
	const { sequenceLength } = recipe.data;
	const { batchTokens, microBatchTokens } = recipe.train;
	const wrong = (sentence: string): never => {
		throw new MaskwrightError("recipeInvalid", `${source} can't be used: ${sentence}`);
	};
	if (recipe.model.maxPositions < sequenceLength) {
		wrong(
			`data.sequenceLength (${sequenceLength}) is longer than the model holds (model.maxPositions ${recipe.model.maxPositions}).`,
		);
	}
	const contradiction = contradictionOf(recipe) ?? regionContradiction(recipe);
	if (contradiction !== undefined) wrong(contradiction);
	if (recipe.model.hiddenSize % recipe.model.heads !== 0) {
		wrong(`model.heads (${recipe.model.heads}) must divide model.hiddenSize (${recipe.model.hiddenSize}).`);
	}
	if (batchTokens % sequenceLength !== 0) {
		wrong(`train.batchTokens (${batchTokens}) must be a multiple of data.sequenceLength (${sequenceLength}).`);
	}
	if (microBatchTokens !== undefined) {
		if (microBatchTokens % sequenceLength !== 0 || batchTokens % microBatchTokens !== 0) {
			wrong(
				`train.microBatchTokens (${microBatchTokens}) must be a multiple of data.sequenceLength (${sequenceLength}) and divide train.batchTokens (${batchTokens}).`,
			);
		}
	}
}

function describeIssues(error: z.ZodError): string {
	return error.issues
		.slice(0, 3)
		.map((issue) => {
			const key = issue.path.join(".");
			if (issue.code === "unrecognized_keys") {
				const unknown = issue.keys.map((name) => (key === "" ? name : `${key}.${name}`)).join(", ");
				return `unknown key ${unknown}. \`maskwright recipes --json\` lists the keys.`;
			}
			return `${key === "" ? "the file" : key}: ${lowerFirst(issue.message)}.`;
		})
		.join(" ");
}

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lowerFirst(text: string): string {
	return text.charAt(0).toLowerCase() + text.slice(1);
}
