import assert from "node:assert/strict";
import { test } from "node:test";
import { type CompletionItem, getLanguageService, type MarkupContent } from "vscode-json-languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
import { recipeFileJsonSchema } from "../../../sidecar/recipes/recipeFileSchema.ts";
import { recipes } from "../../../sidecar/recipes/recipes.ts";

/** The language service that VS Code has for JSON, with the schema that ships. */
const service = getLanguageService({});
service.configure({
	schemas: [{ uri: "recipe", fileMatch: ["*.json"], schema: recipeFileJsonSchema() as object }],
});

function parsed(text: string) {
	const document = TextDocument.create("file:///a.maskwright-recipe.json", "json", 1, text);
	return { document, json: service.parseJSONDocument(document) };
}

/** What is offered at the mark | in a text. */
async function offered(marked: string): Promise<CompletionItem[]> {
	const { document, json } = parsed(marked.replace("|", ""));
	const list = await service.doComplete(document, document.positionAt(marked.indexOf("|")), json);
	return list?.items ?? [];
}

const labels = async (marked: string): Promise<string[]> => (await offered(marked)).map(({ label }) => label);

/** What a hover at the mark says. */
async function hovered(marked: string): Promise<string> {
	const { document, json } = parsed(marked.replace("|", ""));
	const hover = await service.doHover(document, document.positionAt(marked.indexOf("|")), json);
	return [hover?.contents ?? []]
		.flat()
		.map((part) => (typeof part === "string" ? part : (part as MarkupContent).value))
		.join("\n")
		.replaceAll("\\", "");
}

async function complaints(text: string): Promise<string[]> {
	const { document, json } = parsed(text);
	return (await service.doValidation(document, json)).map(({ message, range }) => `${range.start.line}: ${message}`);
}

test("a file may extend any recipe that ships, each with its summary", async () => {
	assert.deepEqual(
		new Set(await labels('{ "extends": | }')),
		new Set([...recipes.keys()].map((name) => JSON.stringify(name))),
	);
	const item = (await offered('{ "extends": | }')).find(({ label }) => label === '"biphasic"');
	assert.match(JSON.stringify(item?.documentation), /First the next token, then masked ones/);
});

test("keys are offered with their meaning and the value of the recipe that is extended", async () => {
	const keys = await labels('{ "extends": "biphasic", | }');
	for (const key of ["train", "phases", "masking", "schedule", "optimizer", "name"]) assert.ok(keys.includes(key), key);
	assert.ok(!(await labels('{ "extends": "code-search", | }')).includes("masking"));
	const items = await offered('{ "extends": "biphasic", "train": { | } }');
	const rate = items.find(({ label }) => label === "learningRate");
	assert.match(rate?.insertText ?? "", /"learningRate": \$\{1:0\.004\}/);
	assert.match(JSON.stringify(rate?.documentation), /peak of the learning rate/);
	assert.ok((await labels('{ "extends": "biphasic", "objective": { "rows": | } }')).includes('"masked"'));
	assert.ok((await labels('{ "extends": "biphasic", "phases": [{ | }] }')).includes("share"));
	assert.ok((await labels("{ | }")).includes("extends"));
});

test("a hover says what a key means, with the section of its paper", async () => {
	const hover = await hovered('{ "extends": "graphcodebert", "objective": { "ed|geShare": 0.3 } }');
	assert.match(hover, /share of the variables whose edges are predicted \(section 4\.3\)/);
	assert.match(await hovered('{ "extends": "biphasic", "sch|edule": {} }'), /learning rate over the run/);
	assert.match(await hovered('{ "extends": "biphasic", "optimizer": { "mo|mentum": 0.9 } }'), /Nesterov momentum/);
});

test("a file that extends a recipe needs nothing else, and what no recipe can be is underlined", async () => {
	for (const fine of [
		'{ "extends": "biphasic" }',
		'{ "extends": "biphasic", "train": { "learningRate": 0.001 } }',
		'{ "extends": "code-mlm-small", "optimizer": { "beta1": 0.8 }, "schedule": { "warmupSteps": 3 } }',
		'{ "extends": "code-mlm-small", "objective": { "name": "causalLm", "share": 0.5 } }',
		'{ "extends": "code-mlm-small", "train": { "budget": { "steps": 9 } } }',
	]) {
		assert.deepEqual(await complaints(fine), [], fine);
	}
	assert.match((await complaints('{ "extends": "bi" }')).join(), /Value is not accepted/);
	const unknown = await complaints('{ "extends": "biphasic",\n"train": { "learningrate": 1 } }');
	assert.match(unknown.join(), /1: Property learningrate is not allowed/);
	assert.match((await complaints('{ "extends": "biphasic", "train": { "seed": "a" } }')).join(), /Incorrect type/);
	assert.match((await complaints('{ "extends": "biphasic", "masking": { "rate": 2 } }')).join(), /above the/);
	assert.match(
		(await complaints('{ "extends": "code-search", "masking": { "rate": 0.2 } }')).join(),
		/masking is not allowed/,
	);
	assert.match(
		(await complaints('{ "extends": "biphasic", "phases": [{ "share": 1 }] }')).join(),
		/Missing property "name"/,
	);
	assert.ok((await complaints('{ "name": "a" }')).length > 0);
});

test("every recipe that ships is a whole recipe file", async () => {
	for (const { recipe } of recipes.values())
		assert.deepEqual(await complaints(JSON.stringify(recipe)), [], recipe.name);
});

/** The paths of properties without a description. */
function undescribed(schema: unknown, path = ""): string[] {
	if (typeof schema !== "object" || schema === null) return [];
	if (Array.isArray(schema)) return schema.flatMap((inner) => undescribed(inner, path));
	return Object.entries(schema).flatMap(([key, inner]) => {
		if (key === "if" || key === "not" || key === "default") return [];
		if (key !== "properties")
			return undescribed(
				inner,
				key === "definitions" ? "" : `${path}/${key}`.replace(/^\/(then|else|allOf|anyOf|items)/, ""),
			);
		return Object.entries(inner as Record<string, { description?: string; $ref?: string }>).flatMap(
			([name, property]) => {
				const own = `${path}.${name}`;
				// $schema and extends, and names that say which of several schemas holds.
				const isFree = Object.keys(property).length === 0 || "const" in property;
				const isSection =
					"$ref" in property || "default" in property || ("properties" in property && path.includes("then"));
				return [
					...(property.description === undefined && !isFree && !isSection ? [own] : []),
					...undescribed(property, own),
				];
			},
		);
	});
}

test("every field of every recipe says what it means", () => {
	const { definitions } = recipeFileJsonSchema() as {
		definitions: Record<string, { description?: string; properties?: object }>;
	};
	// Defaults are of keys that say what they mean where they are checked.
	const meanings = Object.entries(definitions).filter(([name]) => !name.startsWith("defaults."));
	assert.deepEqual([...new Set(meanings.flatMap(([name, schema]) => undescribed(schema, name)))], []);
	for (const [name, schema] of meanings) {
		const isRecipe = "objective" in (schema.properties ?? {});
		if (!isRecipe) assert.ok(schema.description, `${name} says nothing`);
	}
});
