import { z } from "zod";
import { MaskwrightError } from "../base/errors.ts";
import { maskingSchema } from "../data/masking/config.ts";
import { modelSectionSchema } from "../model/config.ts";
import { optimizerSchema } from "../optim/optimizers.ts";
import { scheduleSchema } from "../optim/schedules.ts";
import { budgetSchema } from "./budget.ts";

/**
 * A recipe: everything that decides a run's result but the corpus, as JSON data.
 * Unknown keys are refused. The resolved recipe is saved in the run's folder.
 */
export const recipeSchema = z.strictObject({
	name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "lower-case letters, digits and hyphens"),
	summary: z.string().min(1),
	paper: z.string().optional(),
	tokenizer: z.strictObject({
		vocabularySize: z.int().min(262).max(1_000_000), // 256 bytes, five special tokens, one merge
		minFrequency: z.int().min(1),
		acrossLines: z.boolean(),
	}),
	data: z.strictObject({
		sequenceLength: z.int().min(8).max(8192),
		packing: z.enum(["isolated", "padded"]),
		heldOutShare: z.number().gt(0).max(0.5),
		maxFileBytes: z.int().min(1),
	}),
	masking: maskingSchema,
	model: modelSectionSchema,
	objective: z.strictObject({ name: z.enum(["maskedLm"]), rows: z.enum(["masked", "all"]) }),
	optimizer: optimizerSchema,
	schedule: scheduleSchema,
	train: z.strictObject({
		batchTokens: z.int().min(8),
		microBatchTokens: z.int().min(8).optional(),
		learningRate: z.number().positive(),
		clipNorm: z.number().positive(),
		seed: z
			.int()
			.min(0)
			.max(2 ** 53 - 1),
		budget: budgetSchema,
	}),
	evaluation: z.strictObject({
		everySteps: z.int().min(1),
		rows: z.int().min(1),
		finalRows: z.int().min(1),
		patience: z.int().min(1).nullable(),
	}),
	checkpoint: z.strictObject({ everySteps: z.int().min(1), keep: z.int().min(1) }),
});

export type Recipe = z.infer<typeof recipeSchema>;

/** A recipe as it ships: the data, and beside each number that was chosen the reason for it, by dotted key. */
export interface RecipeEntry {
	recipe: Recipe;
	state: "designed" | "exact-green" | "learn-green" | "editor-command";
	reasons: Readonly<Record<string, string>>;
}

/**
 * Checks a recipe.
 * @throws `recipeInvalid` naming the key, what stood there, and what may stand there.
 */
export function parseRecipe(json: unknown, source = "The recipe"): Recipe {
	const result = recipeSchema.safeParse(json);
	if (!result.success)
		throw new MaskwrightError("recipeInvalid", `${source} can't be used: ${describeIssues(result.error)}`);
	checkConsistency(result.data, source);
	return result.data;
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
	dropForeignKeys(copy, overrides);
	return parseRecipe(copy, "The recipe with --set");
}

/**
 * Another optimizer or schedule has other settings: where an override changed a `kind`, the settings that the old
 * kind alone had go, unless an override names them.
 */
function dropForeignKeys(recipe: Record<string, unknown>, overrides: readonly string[]): void {
	const named = overrides.map((override) => override.slice(0, override.indexOf("=")).trim());
	const result = recipeSchema.safeParse(recipe);
	for (const issue of result.error?.issues ?? []) {
		const path = issue.path.join(".");
		if (issue.code !== "unrecognized_keys" || !named.includes(`${path}.kind`)) continue;
		const owner = recipe[path];
		if (!isObject(owner)) continue;
		for (const key of issue.keys) if (!named.includes(`${path}.${key}`)) delete owner[key];
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
 * and so is an optimizer or schedule of another kind: their settings are a choice, not a sum.
 */
export function mergeRecipe(base: unknown, patch: unknown): unknown {
	if (!isObject(base) || !isObject(patch)) return patch;
	if (patch["kind"] !== undefined && patch["kind"] !== base["kind"]) return patch;
	const merged = new Map(Object.entries(base));
	for (const [key, value] of Object.entries(patch)) {
		merged.set(key, key === "budget" ? value : mergeRecipe(merged.get(key), value));
	}
	return Object.fromEntries(merged);
}

/** The JSON schema of recipe files, for editors. */
export function recipeJsonSchema(): unknown {
	return z.toJSONSchema(recipeSchema);
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
