import { isAbsolute, join } from "node:path";
import type { Budget, Device } from "./commands/trainItems.ts";
import type { L10n } from "./l10n.ts";

/** A task of `tasks.json`, as the manifest's `taskDefinitions` says. */
export interface TrainTaskDefinition {
	readonly corpus?: string;
	readonly recipe?: string;
	readonly budget?: Budget;
	readonly device?: Device;
	readonly threads?: number;
	readonly seed?: number;
	readonly set?: string[];
	readonly from?: string;
}

/** What `startRun` is asked. */
export type TrainRequest = TrainTaskDefinition & { corpus: string };

/** The request of a task in `folder`, where relative paths count from; `defaultRecipe` when it names none. */
export function taskRequest(
	definition: TrainTaskDefinition,
	folder: string,
	defaultRecipe: string | undefined,
): TrainRequest {
	const { corpus = ".", recipe = defaultRecipe, budget, device, threads, seed, set, from } = definition;
	const asked = { budget, device, threads, seed, set };
	const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
	return {
		...given,
		corpus: below(folder, corpus),
		...(recipe === undefined ? {} : { recipe: nameOrPath(recipe, folder) }),
		...(from === undefined ? {} : { from: nameOrPath(from, folder) }),
	};
}

/** The task's name in lists. */
export function describeTask({ recipe, budget }: TrainTaskDefinition, l10n: L10n): string {
	const parts = [l10n.t("train"), ...(recipe === undefined ? [] : [recipe])];
	const [unit, amount] = Object.entries(budget ?? {})[0] ?? [];
	if (unit !== undefined) parts.push(`${amount} ${unit}`);
	return parts.join(" ");
}

/** A recipe or model as the sidecar takes it: a name, which has no separator and no ending, or a whole path. */
export function nameOrPath(text: string, folder: string): string {
	return /[\\/]/.test(text) || text.endsWith(".json") ? below(folder, text) : text;
}

function below(folder: string, path: string): string {
	return isAbsolute(path) ? path : join(folder, path);
}
