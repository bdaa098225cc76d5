/**
 * `npm start [FOLDER]`: trains the default recipe within five minutes, prints its scores, fills three unseen lines
 * and opens the folder in an editor, which `npm start -- --no-editor` leaves out.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { MaskwrightError } from "../base/errors.ts";
import { readCorpus } from "../data/readers/corpus.ts";
import { splitHeldOut } from "../data/split.ts";
import { chooseTraining } from "../jobs/recipeChoice.ts";
import type { CommandContext } from "./command.ts";
import { openEditor } from "./editor/openEditor.ts";
import { gatherExampleCorpus, projectFolder } from "./exampleCorpus.ts";
import { reportFailure } from "./failure.ts";
import { percent } from "./format.ts";
import { fill, train } from "./handlers.ts";
import { trainingProgress } from "./progress.ts";
import { runAsProcess } from "./runAsProcess.ts";
import { printable } from "./terminal.ts";
import { type UnseenLine, unseenLines } from "./unseenLines.ts";

/** Three and a half minutes of training leave room for the build, the tokenizer and the scores within five. */
const choice = { set: [], budget: { minutes: 3.5 } };

await runAsProcess(
	(context) =>
		reportFailure(context.terminal, { verbose: false }, async () => start(callOf(process.argv.slice(2)), context)),
	{ stopsInOrder: true },
);

interface Call {
	readonly folder: string | undefined;
	readonly editor: boolean;
}

async function start({ folder, editor }: Call, context: CommandContext): Promise<void> {
	const { terminal, signal } = context;
	if (folder === undefined) {
		terminal.line("Training on the sources of this project and of the packages that npm ci brought.");
		terminal.line("To train on your own code: npm start FOLDER");
	}
	const corpus = folder ?? gatherExampleCorpus();
	let model: string | undefined;
	const { onEvent, ...progress } = trainingProgress(terminal);
	const listener = {
		...progress,
		onEvent: (event: Parameters<typeof onEvent>[0]) => {
			if (event.event === "done") model = event.model;
			onEvent(event);
		},
		onWarning: (message: string) => terminal.warn(printable(message)),
	};
	await train({ ...choice, corpus, device: "auto" }, listener, signal);
	const { documents } = await readCorpus(corpus);
	const { train: seen, heldOut } = splitHeldOut(documents, {
		fraction: chooseTraining(choice).recipe.data.heldOutShare,
	});
	const lines = unseenLines(seen, heldOut, { count: 3, seed: 1 });
	terminal.line();
	terminal.line(terminal.colors.bold("Three lines of held-out files, which it has never seen:"));
	for (const line of lines) await showFill(line, { terminal, model: model as string });
	terminal.line();
	terminal.line(
		'Next: npx maskwright fill "for (const [MASK] of items) {", npx maskwright train FOLDER, npx maskwright --help',
	);
	if (!editor) return;
	terminal.line();
	const house = projectFolder();
	await openEditor(resolve(corpus), { ...context, house, data: join(house, ".cache", "editor") });
}

function callOf(args: string[]): Call {
	try {
		const { values, positionals } = parseArgs({
			args,
			allowPositionals: true,
			options: { "no-editor": { type: "boolean", default: false } },
		});
		if (positionals.length > 1) throw new Error("One folder can be named.");
		return { folder: positionals[0], editor: !values["no-editor"] };
	} catch (cause) {
		const call = "Call npm start, npm start FOLDER, or either with -- --no-editor.";
		throw new MaskwrightError("usage", `${(cause as Error).message.split(". ")[0]}. ${call}`, { cause });
	}
}

async function showFill(
	line: UnseenLine,
	{ terminal, model }: Pick<CommandContext, "terminal"> & { model: string },
): Promise<void> {
	const { bold, dim, cyan } = terminal.colors;
	const { masks } = await fill({ text: line.text, model, top: 3 });
	const fills = (masks[0]?.candidates ?? []).map(({ text, probability }, place) => {
		const shown = `${printable(text)} ${percent(probability)}`;
		return place === 0 ? bold(shown) : shown;
	});
	terminal.line();
	terminal.line(dim(`${printable(line.path)}:${line.line}`));
	terminal.line(`  ${printable(line.masked).replace("[MASK]", cyan("[MASK]"))}`);
	terminal.line(`  ${fills.join(" · ")}   ${dim(`the file says ${line.truth}`)}`);
}
