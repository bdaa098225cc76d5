import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputJsonSchema, outputSchemas } from "../../sidecar/protocol/schemas.ts";
import { recipeFileJsonSchema } from "../../sidecar/recipes/recipeFileSchema.ts";
import { recipeJsonSchema } from "../../sidecar/train/recipe.ts";

const folder = join(import.meta.dirname, "..", "..", "docs", "schemas");

/** The text of every file that should stand in `docs/schemas`, by its name. */
export function expectedSchemas(): Record<string, string> {
	const schemas = Object.keys(outputSchemas).map((name): [string, unknown] => [name, outputJsonSchema(name)]);
	return Object.fromEntries(
		[...schemas, ["recipe", recipeJsonSchema()] as const, ["recipe-file", recipeFileJsonSchema()] as const].map(
			([name, schema]) => [`${name}.json`, `${JSON.stringify(schema, undefined, "\t")}\n`],
		),
	);
}

/** The text of every file that stands there. */
export function presentSchemas(): Record<string, string> {
	return Object.fromEntries(
		readdirSync(folder)
			.filter((name) => name.endsWith(".json"))
			.map((name) => [name, readFileSync(join(folder, name), "utf8")]),
	);
}

/** Makes `docs/schemas` what it should be. */
export function writeSchemas(): void {
	const expected = expectedSchemas();
	for (const name of Object.keys(presentSchemas())) if (expected[name] === undefined) rmSync(join(folder, name));
	for (const [name, text] of Object.entries(expected)) writeFileSync(join(folder, name), text);
}
