import { InvalidArgumentError, Option } from "commander";
import { MaskwrightError } from "../base/errors.ts";
import { precisionChoices } from "../inference/precision.ts";
import type { Device } from "../session/devices.ts";

/** What `--device` may name, in the order in which help lists them. */
export const deviceNames: readonly Device[] = ["auto", "webgpu", "cuda", "dml", "coreml", "cpu"];

/** `--precision` of the commands that answer with a model. */
export const precisionOption = new Option(
	"--precision <name>",
	"auto: 8 bits where maskwright quantize has found the model good for it; or float32",
).choices(precisionChoices);

/** How long a run may go on. */
export type Budget = { readonly steps: number } | { readonly minutes: number } | { readonly tokens: number };

/** Parses a whole number of at least one. */
export function positiveInteger(text: string): number {
	const value = wholeNumber(text);
	if (value < 1) throw new InvalidArgumentError("It must be at least 1.");
	return value;
}

/** Parses a whole number that a double holds exactly. */
export function wholeNumber(text: string): number {
	if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
		throw new InvalidArgumentError("It must be a whole number, such as 500.");
	}
	return Number(text);
}

/** Parses a time in minutes, such as 0.5. */
export function positiveMinutes(text: string): number {
	const value = Number(text);
	if (!/^\d*\.?\d+$/.test(text) || !(value > 0) || !Number.isFinite(value)) {
		throw new InvalidArgumentError("It must be a number of minutes above 0, such as 5 or 0.5.");
	}
	return value;
}

/** Adds one `--set key=value` to those before it. What the key and value mean is the recipe's to judge. */
export function addSetting(text: string, before: readonly string[] = []): string[] {
	const [, key] = /^([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)=/.exec(text) ?? [];
	if (key === undefined) {
		throw new InvalidArgumentError("It must be key=value with a dotted key, such as model.layers=4.");
	}
	if (before.some((other) => other.startsWith(`${key}=`))) throw new InvalidArgumentError(`${key} is set twice.`);
	return [...before, text];
}

/** The one budget among the three options. Throws `usage` when there are several. */
export function oneBudget(options: { steps?: number; minutes?: number; tokens?: number }): Budget | undefined {
	const { steps, minutes, tokens } = options;
	const given: Budget[] = [];
	if (steps !== undefined) given.push({ steps });
	if (minutes !== undefined) given.push({ minutes });
	if (tokens !== undefined) given.push({ tokens });
	if (given.length > 1) {
		const names = given.map((budget) => `--${Object.keys(budget)[0]}`).join(" and ");
		throw new MaskwrightError("usage", `${names} are both budgets. Give one of --steps, --minutes and --tokens.`);
	}
	return given[0];
}
