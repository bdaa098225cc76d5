import type { Command } from "commander";
import { MaskwrightError } from "../../base/errors.ts";
import { realFolder } from "../../data/readers/realFolder.ts";
import { requireSizeName } from "../../inference/modelSizes.ts";
import type { FileExplanation } from "../../protocol/search.ts";
import { explainFile } from "../../search/index/explainFile.ts";
import { verifyIndex } from "../../search/index/verifyIndex.ts";
import { hasIndex, removeIndex } from "../../store/indexFiles.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { adapterFolder } from "../handlers.ts";
import { indexFolder } from "../indexFolder.ts";
import { indexProgress } from "../indexProgress.ts";
import { printable } from "../terminal.ts";

interface IndexFlags extends CommonOptions {
	readonly model?: string;
	readonly adapter?: string;
	readonly size?: string;
	readonly rebuild?: boolean;
	readonly verify?: boolean;
	readonly delete?: boolean;
	readonly why?: string;
}

/** `maskwright index`. */
export function addIndex(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("index"))
		.summary("index a folder of code, so that it can be searched")
		.description(
			"Index a folder of code, so that it can be searched. Only what has changed is read; what was indexed before a stop stays.",
		)
		.argument("[folder]", "folder with source code", ".")
		.option(
			"--model <model>",
			"make the vectors with this model: its name or folder (default: what the index has, else your newest for search, else the one that comes with Maskwright)",
		)
		.option(
			"--adapter <adapter>",
			"make them with this adapter and the model that it is for (default: the adapter in use, where it is one of the index's model)",
		)
		.option(
			"--size <size>",
			"how large its vectors are: large, small, or layers,units; of a model that was trained for several (default: what the index has, else large)",
		)
		.option("--rebuild", "read and embed everything anew; the index that is there serves until then")
		.option("--verify", "check the index against itself and the folder, and change nothing")
		.option("--delete", "delete the index")
		.option("--why <file>", "tell whether a file is indexed, and which rule decides")
		.action(async (folder: string, flags: IndexFlags) => {
			checkFlags(flags);
			const real = await realFolder(folder);
			if (flags.why !== undefined) {
				printResult(context, flags, { value: await explainFile(real, flags.why), describe: describeExplanation });
			} else if (flags.verify) await verify(real, context, flags);
			else if (flags.delete) remove(real, context, flags);
			else await index(real, context, flags);
		});
}

/** Throws `usage` for options that exclude each other. */
function checkFlags(flags: IndexFlags): void {
	const given = (["why", "verify", "delete", "rebuild"] as const).filter((name) => flags[name] !== undefined);
	if (given.length > 1) {
		throw new MaskwrightError("usage", `--${given.join(" and --")} exclude each other. Give one of them.`);
	}
	if (flags.size !== undefined) requireSizeName(flags.size);
	const chosen = (["model", "adapter", "size"] as const).find((name) => flags[name] !== undefined);
	if (chosen !== undefined && given.some((name) => name !== "rebuild")) {
		throw new MaskwrightError("usage", `--${chosen} has no meaning with --${given.join()}. Give one of them.`);
	}
}

async function index(folder: string, { terminal, signal }: CommandContext, flags: IndexFlags): Promise<void> {
	const { adapter, size, rebuild = false, json } = flags;
	const model = adapter === undefined ? flags.model : adapterFolder(adapter, flags.model);
	const chosen = { ...(model === undefined ? {} : { model }), ...(size === undefined ? {} : { size }) };
	const request = { folder, rebuild, ...chosen };
	const progress = indexProgress(terminal);
	await indexFolder(request, {
		signal,
		onEvent: json ? (event) => terminal.json(event) : progress.onEvent,
		onMessage: (message) => terminal.warn(printable(message)),
	});
}

async function verify(folder: string, context: CommandContext, flags: IndexFlags): Promise<void> {
	const problems = await verifyIndex(folder, { signal: context.signal });
	const value = { ok: problems.length === 0, problems };
	const found = problems.length === 1 ? "One problem" : `${problems.length} problems`;
	const lines = value.ok ? ["The index is sound and up to date."] : problems.map(printable);
	printResult(context, flags, { value, describe: () => lines });
	if (value.ok) return;
	throw new MaskwrightError("indexInvalid", `${found} found. To index anew: maskwright index ${folder} --rebuild`);
}

function remove(folder: string, context: CommandContext, flags: IndexFlags): void {
	const deleted = hasIndex(folder);
	removeIndex(folder);
	const line = deleted ? `The index of ${printable(folder)} is deleted.` : `${printable(folder)} had no index.`;
	printResult(context, flags, { value: { deleted }, describe: () => [line] });
}

function describeExplanation({ why, rule, source, line }: FileExplanation): string[] {
	const place = source === null ? [] : [`  ${printable(source)}:${line}: ${printable(rule ?? "")}`];
	return [printable(why), ...place];
}
