import { z } from "zod";
import { MaskwrightError } from "../base/errors.ts";
import { adapterSchema } from "../model/adapters/config.ts";
import { optimizerSchema } from "../optim/optimizers.ts";
import { scheduleSchema } from "../optim/schedules.ts";
import type { RecipePage } from "../protocol/recipeCards.ts";
import { budgetSchema } from "./budget.ts";
import { contradictionOf, objectiveSections } from "./objectiveSections.ts";
import { regionContradiction } from "./regionContradiction.ts";

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
		tokenizer: z
			.strictObject({
				// 256 bytes, five special tokens, one merge
				vocabularySize: z
					.int()
					.min(262)
					.max(1_000_000)
					.describe("Tokens of the byte-level BPE (Sennrich et al. 2016), its 256 bytes and special tokens counted"),
				minFrequency: z.int().min(1).describe("A pair of tokens must stand so often in the corpus to be merged"),
				acrossLines: z.boolean().describe("Whether a token may hold a line break with what stands around it"),
				alphabet: z
					.string()
					.min(2)
					.optional()
					.describe("each of these characters is a piece, and nothing else is: the other settings are unused"),
			})
			.describe("The tokenizer that is trained on the corpus; a run that goes on from a model has that model's"),
		...sections,
		adapter: adapterSchema
			.optional()
			.describe(
				"What is trained in place of the weights of the model that training goes on from, which stay as they are",
			),
		optimizer: optimizerSchema,
		schedule: scheduleSchema,
		train: z
			.strictObject({
				batchTokens: z
					.int()
					.min(8)
					.describe("Tokens of one optimizer step, padding counted; a multiple of data.sequenceLength"),
				microBatchTokens: z
					.int()
					.min(8)
					.optional()
					.describe(
						"Tokens that are in memory at a time: gradients are summed over the parts of a batch; all by default",
					),
				learningRate: z.number().positive().describe("The peak of the learning rate; the schedule scales it"),
				clipNorm: z
					.number()
					.positive()
					.describe("Gradients with a larger global norm are scaled down to it (Pascanu et al. 2013)"),
				seed: z
					.int()
					.min(0)
					.max(2 ** 53 - 1)
					.describe("Of the first weights, the order of the rows and all that is drawn"),
				budget: budgetSchema,
			})
			.describe("How a run trains, and how long"),
		evaluation: z
			.strictObject({
				everySteps: z.int().min(1).describe("Optimizer steps between two scores on held-out documents"),
				rows: z.int().min(1).describe("Held-out rows that are scored during the run, at most"),
				finalRows: z.int().min(1).describe("Held-out rows that are scored at its end, at most"),
				patience: z
					.int()
					.min(1)
					.nullable()
					.describe("So many scores without a lower loss end the run, which keeps the best weights; null never does"),
			})
			.describe("Scores on documents that were held out: 15% of their tokens masked, the same for every recipe"),
		checkpoint: z
			.strictObject({
				everySteps: z.int().min(1).describe("Optimizer steps between two checkpoints"),
				keep: z.int().min(1).describe("So many of the newest are kept"),
			})
			.describe("What a run can go on from"),
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
function schemaFor(json: unknown, source: string): z.ZodType<Recipe> {
	const objective = isObject(json) ? json["objective"] : undefined;
	const name = isObject(objective) ? objective["name"] : undefined;
	if (typeof name === "string" && Object.hasOwn(recipeSchemas, name)) return recipeSchemas[name as ObjectiveName];
	const known = Object.keys(recipeSchemas).join(", ");
	throw new MaskwrightError("recipeInvalid", `${source} can't be used: objective.name must be one of ${known}.`);
}

/**
 * Applies `--set key=value` overrides: dotted keys, values as JSON, anything that is not JSON as a string.
 * @throws `usage` for a text without `=`, `recipeInvalid` for a key that no recipe has.
 */
export function applyOverrides(recipe: Recipe, overrides: readonly string[]): Recipe {
	const copy = structuredClone(recipe) as Record<string, unknown>;
	for (const override of overrides) {
		const equals = override.indexOf("=");
		if (equals < 1) {
			throw new MaskwrightError("usage", `"${override}" is not key=value. Write for example --set model.layers=6.`);
		}
		setKey(copy, override.slice(0, equals).trim().split("."), parseValue(override.slice(equals + 1)));
	}
	const named = overrides.map((override) => override.slice(0, override.indexOf("=")).trim());
	dropForeignKeys(copy, {
		changed: (section) => named.includes("objective.name") || named.includes(`${section}.kind`),
		isNamed: (key) => named.some((name) => name === key || name.startsWith(`${key}.`)),
	});
	return parseRecipe(copy, "The recipe with --set");
}

/**
 * Another optimizer, schedule or objective has other settings: the settings that the old one alone had go, unless they
 * were named. `changed` says of a section, or "" for the whole recipe, whether another one took its place.
 */
function dropForeignKeys(
	recipe: Record<string, unknown>,
	{ changed, isNamed }: { changed: (section: string) => boolean; isNamed: (key: string) => boolean },
): void {
	const result = schemaFor(recipe, "The changed recipe").safeParse(recipe);
	for (const issue of result.error?.issues ?? []) {
		if (issue.code !== "unrecognized_keys" || issue.path.length > 1) continue;
		const section = issue.path.join(".");
		const owner = section === "" ? recipe : recipe[section];
		if (!isObject(owner) || !changed(section)) continue;
		for (const key of issue.keys) if (!isNamed(section === "" ? key : `${section}.${key}`)) delete owner[key];
	}
}

/**
 * Applies overrides to the recipe of a run that goes on: only what steers the rest of it may change, since data,
 * tokenizer, model and optimizer state are as they are.
 */
export function applyResumeOverrides(recipe: Recipe, overrides: readonly string[]): Recipe {
	const fixed = overrides.find(
		(override) => !/^(train\.(budget|learningRate|clipNorm)|schedule|evaluation|checkpoint)\b/.test(override),
	);
	if (fixed !== undefined) {
		throw new MaskwrightError(
			"usage",
			`A run that goes on can change train.budget, train.learningRate, train.clipNorm, schedule, evaluation and checkpoint, not ${fixed.split("=")[0]}. Start a new run for that.`,
		);
	}
	return applyOverrides(recipe, overrides);
}

/**
 * Lays `patch` over `base`, object by object, for recipe files that extend a named recipe. A budget is replaced whole,
 * and so is an optimizer or schedule of another kind, or another objective: their settings are a choice, not a sum.
 */
export function mergeRecipe(base: unknown, patch: unknown): unknown {
	const merged = lay(base, patch);
	if (isObject(merged) && isObject(base) && isObject(patch) && namesAnother(base["objective"], patch["objective"])) {
		dropForeignKeys(merged, {
			changed: () => true,
			isNamed: (key) =>
				key.split(".").reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), patch) !== undefined,
		});
	}
	return merged;
}

function lay(base: unknown, patch: unknown): unknown {
	if (!isObject(base) || !isObject(patch)) return patch;
	if (patch["kind"] !== undefined && patch["kind"] !== base["kind"]) return patch;
	const merged = new Map(Object.entries(base));
	for (const [key, value] of Object.entries(patch)) {
		const replaced = key === "budget" || (key === "objective" && namesAnother(merged.get(key), value));
		merged.set(key, replaced ? value : lay(merged.get(key), value));
	}
	return Object.fromEntries(merged);
}

function namesAnother(base: unknown, patch: unknown): boolean {
	return isObject(base) && isObject(patch) && patch["name"] !== undefined && patch["name"] !== base["name"];
}

/** The JSON schema of a whole recipe. */
export function recipeJsonSchema(): unknown {
	return z.toJSONSchema(z.union(Object.values(recipeSchemas)));
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

function setKey(target: Record<string, unknown>, path: string[], value: unknown): void {
	let place = target;
	for (const [index, part] of path.entries()) {
		const inner = Object.hasOwn(place, part) ? place[part] : undefined;
		if (index === path.length - 1 && part !== "__proto__") place[part] = value;
		else if (isObject(inner)) place = inner;
		else {
			const known = Object.keys(place).join(", ");
			const name = path.slice(0, index + 1).join(".");
			throw new MaskwrightError("recipeInvalid", `No recipe has the key ${name}. Keys there: ${known}.`);
		}
	}
}

function parseValue(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lowerFirst(text: string): string {
	return text.charAt(0).toLowerCase() + text.slice(1);
}
