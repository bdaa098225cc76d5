import { basename } from "node:path";
import type { RecipeDescriptions } from "../../sidecar/protocol/outputs.ts";

/** A recipe file of the workspace. */
export interface RecipeFile {
	readonly path: string;
	readonly text: string;
}

/** A recipe that learns from labelled texts: its name or the path of its file, and what to call it. */
export interface LabelledRecipe {
	readonly recipe: string;
	readonly label: string;
}

const readerKey = "data.reader.name";

/**
 * The recipes that read labelled texts, those that ship first: by the reader that they name, so that a file that extends
 * one is among them. A file that is no recipe is left out; training says what is wrong with it.
 */
export function labelledRecipes(shipped: RecipeDescriptions, files: readonly RecipeFile[]): LabelledRecipe[] {
	const readers = new Map(
		shipped.map(({ name, parameters }) => [name, parameters.find(({ key }) => key === readerKey)?.default]),
	);
	const named = shipped.filter(({ name }) => readers.get(name) === "labelled");
	const own = files.filter(({ text }) => {
		const { extends: base, data } = parsed(text);
		return (data?.reader?.name ?? readers.get(String(base))) === "labelled";
	});
	return [
		...named.map(({ name }) => ({ recipe: name, label: name })),
		...own.map(({ path }) => ({ recipe: path, label: basename(path) })),
	];
}

interface Reading {
	readonly extends?: unknown;
	readonly data?: { readonly reader?: { readonly name?: unknown } };
}

function parsed(text: string): Reading {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? (value as Reading) : {};
	} catch {
		return {};
	}
}
