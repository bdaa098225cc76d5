import { MaskwrightError } from "../base/errors.ts";
import { isObject, parseRecipe, type Recipe, schemaFor } from "./recipe.ts";

/**
 * Applies `--set key=value` overrides: dotted keys, values as JSON, anything that is not JSON as a string.
 * @throws `usage` for a text without `=`, `recipeInvalid` for a key that no recipe has.
 */
export function applyOverrides(recipe: Recipe, overrides: readonly string[]): Recipe {
	const copy = structuredClone(recipe) as Record<string, unknown>;
	const named = overrides.map((override) => override.slice(0, override.indexOf("=")).trim());
	for (const override of overrides) {
		const equals = override.indexOf("=");
		if (equals < 1) {
			throw new MaskwrightError("usage", `"${override}" is not key=value. Write for example --set model.layers=6.`);
		}
		setKey(copy, override.slice(0, equals).trim().split("."), parseValue(override.slice(equals + 1)));
	}
	const namesSize = named.some((key) => key === "tokenizer" || key === "tokenizer.vocabularySize");
	dropForeignKeys(copy, {
		changed: (section) => named.includes("objective.name") || named.includes(`${section}.kind`),
		isNamed: (key) => named.some((name) => name === key || name.startsWith(`${key}.`)),
	});
	return parseRecipe(namesSize ? withExactSize(copy) : copy, "The recipe with --set");
}

/** A recipe, or a part of one, as somebody wrote it: where it names the size of the vocabulary, that size is meant. */
export function withExactSize(written: Record<string, unknown>): Record<string, unknown> {
	const { tokenizer } = written;
	if (!isObject(tokenizer) || tokenizer["vocabularySize"] === undefined) return written;
	return { ...written, tokenizer: { exactSize: true, ...tokenizer } };
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
