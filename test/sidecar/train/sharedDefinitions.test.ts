import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { recipes } from "../../../sidecar/recipes/recipes.ts";
import { recipeJsonSchema } from "../../../sidecar/train/recipe.ts";
import { withSharedDefinitions } from "../../../sidecar/train/sharedDefinitions.ts";

const size = { type: "integer", minimum: 1, description: "How many there are of what the recipe counts, from 1 on" };
const section = { type: "object", properties: { size, rows: size }, description: "A section" };

test("what comes again stands once, by the names of its properties, and what is in it is not a definition of its own", () => {
	const same = { anyOf: [{ properties: { first: section } }, { properties: { second: section, size } }] };
	assert.deepEqual(withSharedDefinitions(same, "$defs"), {
		anyOf: [
			{ properties: { first: { $ref: "#/$defs/first" } } },
			{ properties: { second: { $ref: "#/$defs/first" }, size: { $ref: "#/$defs/first.size" } } },
		],
		$defs: {
			first: {
				...section,
				properties: { size: { $ref: "#/$defs/first.size" }, rows: { $ref: "#/$defs/first.size" } },
			},
			"first.size": size,
		},
	});
});

test("conditions, values and what is too short or means nothing by itself stay where they are", () => {
	const branch = { type: "object", properties: { name: { const: "a".repeat(100) } } };
	const schema = {
		allOf: [
			{ if: section, else: { properties: { a: branch } } },
			{ if: section, else: { properties: { b: branch } } },
		],
		properties: { a: { type: "string", description: "x" }, b: { type: "string", description: "x" } },
		default: section,
		enum: [section],
		definitions: { kept: { description: "stays by its name" } },
	};
	assert.deepEqual(withSharedDefinitions(schema, "definitions"), schema);
});

/** A schema with every reference replaced by what it refers to. */
function resolved(node: unknown, root: { $defs: Record<string, unknown> }): unknown {
	if (typeof node !== "object" || node === null) return node;
	if (Array.isArray(node)) return node.map((inner) => resolved(inner, root));
	if ("$ref" in node) return resolved(root.$defs[String(node.$ref).replace("#/$defs/", "")], root);
	return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, resolved(inner, root)]));
}

test("the recipes' schema is a fifth of what it says in full, takes every recipe, and no wrong one", () => {
	const schema = recipeJsonSchema() as { $defs: Record<string, unknown>; anyOf: unknown };
	const whole = resolved(schema.anyOf, schema);
	assert.ok(JSON.stringify(schema).length < JSON.stringify(whole).length / 5);
	assert.ok(!JSON.stringify(whole).includes("$ref"));
	const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(schema);
	for (const { recipe } of recipes.values()) assert.ok(validate(recipe), recipe.name);
	const { recipe } = recipes.get("code-mlm-small")!;
	assert.ok(!validate({ ...recipe, model: { ...recipe.model, layers: "many" } }));
	const docs = join(import.meta.dirname, "../../../docs/schemas");
	assert.ok(statSync(join(docs, "recipe.json")).size < 150_000);
	assert.ok(statSync(join(docs, "recipe-file.json")).size < 250_000);
});
