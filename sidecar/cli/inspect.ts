/** What the inspecting commands share: which part of which file, and which model. */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { MaskwrightError } from "../base/errors.ts";
import type { AskedModel } from "../compute/inspectAnswers.ts";
import { lineStarts } from "../inference/inspect/textTokens.ts";
import { openModel } from "../inference/loadedModel.ts";
import type { Span } from "../protocol/masks.ts";
import { modelName } from "../store/modelFolder.ts";
import { modelFolder } from "./handlers.ts";

/** A file or some of its lines; positions count in the whole text. */
export interface FilePart {
	readonly path: string;
	readonly text: string;
	/** Undefined for the whole file. */
	readonly range: Span | undefined;
}

/** Reads FILE, FILE:LINE or FILE:FIRST-LAST, lines from 1. Throws `notFound` and `usage`. */
export async function readFilePart(argument: string): Promise<FilePart> {
	const [, file, first, last] = /^(.+):(\d+)(?:-(\d+))?$/.exec(argument) ?? [];
	const whole = await readIfThere(argument);
	if (whole !== undefined) return { path: argument, text: whole, range: undefined };
	const text = file === undefined ? undefined : await readIfThere(file);
	if (file === undefined || text === undefined) {
		throw new MaskwrightError("notFound", `${argument} cannot be read: give the path of a file, or FILE:FIRST-LAST.`);
	}
	return { path: file, text, range: rangeOfLines(text, Number(first), Number(last ?? first)) };
}

/** The code unit at LINE:COLUMN of a text, both from 1. Throws `usage`. */
export function unitAt(text: string, place: string): number {
	const [, line, column] = /^(\d+):(\d+)$/.exec(place) ?? [];
	if (line === undefined) throw new MaskwrightError("usage", `${place} is no place: write LINE:COLUMN, both from 1.`);
	const { start, end } = rangeOfLines(text, Number(line), Number(line));
	const unit = start + Number(column) - 1;
	if (unit >= start && unit < end) return unit;
	throw new MaskwrightError("usage", `Line ${line} has ${end - start} columns and none of the number ${column}.`);
}

/** Opens the model named, or else the one in use, for `use`, and frees it. */
export async function withModel<Result>(
	name: string | undefined,
	use: (model: AskedModel, folder: string) => Promise<Result>,
): Promise<Result> {
	const folder = modelFolder(name);
	const open = { executionProvider: "cpu", threads: availableParallelism() } as const;
	const model = openModel(folder, open);
	try {
		return await use({ name: modelName(folder), model, open }, folder);
	} finally {
		await model.release();
	}
}

async function readIfThere(file: string): Promise<string | undefined> {
	try {
		return await readFile(file, "utf8"); // with its byte order mark: positions count in the text as it is
	} catch {
		return undefined;
	}
}

function rangeOfLines(text: string, first: number, last: number): Span {
	const starts = lineStarts(text);
	if (first < 1 || last < first || last > starts.length) {
		throw new MaskwrightError(
			"usage",
			`There are no lines ${first} to ${last}: the file has ${starts.length}, counted from 1.`,
		);
	}
	return { start: starts[first - 1]!, end: starts[last] ?? text.length };
}
