import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { adapterFiles, modelFiles } from "./layout.ts";
import { packageFolder } from "./packageFolder.ts";

/**
 * The models that come with Maskwright, by what they are for. They lie in the package and are never written to; each
 * serves where the user has chosen none for its role.
 */
export const boxedModels = { completion: "code-mlm-boxed", search: "code-search-boxed" } as const;

/** Where they lie: `media/models` of the package, or `MASKWRIGHT_BOXED_MODELS` when set; an empty folder means none. */
function boxFolder(): string {
	const chosen = process.env["MASKWRIGHT_BOXED_MODELS"];
	return chosen === undefined || chosen === "" ? join(packageFolder(), "media", "models") : resolve(chosen);
}

/** The folders of all that came with this Maskwright. */
export function boxedFolders(): string[] {
	const box = boxFolder();
	if (!existsSync(box)) return [];
	return readdirSync(box)
		.filter((name) => isModel(join(box, name)))
		.map((name) => join(box, name));
}

/** The folder of the model in the box for a role, or undefined where none came. */
export function boxedModel(role: keyof typeof boxedModels): string | undefined {
	const folder = join(boxFolder(), boxedModels[role]);
	return isModel(folder) ? folder : undefined;
}

/** Whether a model's folder lies in the box. */
export function isBoxed(path: string): boolean {
	return dirname(resolve(path)) === boxFolder();
}

/**
 * Where a model or an adapter is that was remembered with its folder. An update of the editor's extension moves the box: what lay in
 * the one before is found in this one, by its name.
 */
export function knownFolder({ name, folder }: { readonly name: string; readonly folder: string }): string | undefined {
	if (isModel(folder) || existsSync(join(folder, adapterFiles.config))) return folder;
	const moved = join(boxFolder(), name);
	return Object.values<string>(boxedModels).includes(name) && isModel(moved) ? moved : undefined;
}

function isModel(folder: string): boolean {
	return existsSync(join(folder, modelFiles.config));
}
