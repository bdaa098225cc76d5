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
export type TrainRequest = TrainTaskDefinition & { corpus: string; recipe?: string };

/** The request of a task in `folder`; relative paths count from there. */
export function taskRequest(definition: TrainTaskDefinition, folder: string): TrainRequest {
	const { corpus = ".", recipe, budget, device, threads, seed, set, from } = definition;
	const asked = { budget, device, threads, seed, set };
	const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
	return {
		...given,
		corpus: below(folder, corpus),
		...(recipe === undefined ? {} : { recipe: looksLikePath(recipe) ? below(folder, recipe) : recipe }),
		...(from === undefined ? {} : { from: looksLikePath(from) ? below(folder, from) : from }),
	};
}

/** The task's name in lists. */
export function describeTask({ recipe, budget }: TrainTaskDefinition, l10n: L10n): string {
	const parts = [l10n.t("train"), ...(recipe === undefined ? [] : [recipe])];
	const [unit, amount] = Object.entries(budget ?? {})[0] ?? [];
	if (unit !== undefined) parts.push(`${amount} ${unit}`);
	return parts.join(" ");
}

/** A name has no separator and no ending; `code-mlm-small` is one. */
function looksLikePath(text: string): boolean {
	return /[\\/]/.test(text) || text.endsWith(".json");
}

function below(folder: string, path: string): string {
	return isAbsolute(path) ? path : join(folder, path);
}
