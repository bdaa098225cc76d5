/** `npm start [FOLDER]`: trains the default recipe within five minutes, prints its scores and fills three unseen lines. */
import { readCorpus } from "../data/readers/corpus.ts";
import { splitHeldOut } from "../data/split.ts";
import { chooseRecipe } from "../jobs/recipeChoice.ts";
import type { CommandContext } from "./command.ts";
import { gatherExampleCorpus } from "./exampleCorpus.ts";
import { reportFailure } from "./failure.ts";
import { percent } from "./format.ts";
import { fill, train } from "./handlers.ts";
import { trainingProgress } from "./progress.ts";
import { runAsProcess } from "./runAsProcess.ts";
import { printable } from "./terminal.ts";
import { type UnseenLine, unseenLines } from "./unseenLines.ts";

/** Three and a half minutes of training leave room for the build, the tokenizer and the scores within five. */
const choice = { recipe: "code-mlm-small", set: [], budget: { minutes: 3.5 } };

await runAsProcess(
	(context) => reportFailure(context.terminal, { verbose: false }, () => start(process.argv[2], context)),
	{ stopsInOrder: true },
);

async function start(folder: string | undefined, { terminal, signal }: CommandContext): Promise<void> {
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
	const { train: seen, heldOut } = splitHeldOut(documents, { fraction: chooseRecipe(choice).data.heldOutShare });
	const lines = unseenLines(seen, heldOut, { count: 3, seed: 1 });
	terminal.line();
	terminal.line(terminal.colors.bold("Three lines of held-out files, which it has never seen:"));
	for (const line of lines) await showFill(line, { terminal, model: model as string });
	terminal.line();
	terminal.line(
		'Next: npx maskwright fill "for (const [MASK] of items) {", npx maskwright train FOLDER, npx maskwright --help',
	);
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
