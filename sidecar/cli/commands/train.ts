import { type Command, Option } from "commander";
import type { TrainingListener } from "../../compute/startTraining.ts";
import type { Device } from "../../session/devices.ts";
import { type CommandContext, type CommonOptions, withCommonOptions } from "../command.ts";
import { resume, type TrainOptions, train } from "../handlers.ts";
import { addSetting, deviceNames, oneBudget, positiveInteger, positiveMinutes, wholeNumber } from "../options.ts";
import { trainingProgress } from "../progress.ts";
import { printable } from "../terminal.ts";

interface TrainFlags extends CommonOptions {
	readonly recipe?: string;
	readonly from?: string;
	readonly set?: readonly string[];
	readonly steps?: number;
	readonly minutes?: number;
	readonly tokens?: number;
	readonly device: Device;
	readonly threads?: number;
	readonly seed?: number;
	readonly out?: string;
}

/** `maskwright train`. */
export function addTrain(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("train"))
		.summary("train a masked language model on a folder")
		.description(
			"Train a masked language model on a folder of code, a .jsonl or .jsonl.xz file, or a table that its recipe reads.",
		)
		.argument(
			"<corpus>",
			"folder, .jsonl or .jsonl.xz file, or what data.reader of the recipe reads (.csv, .tsv, FASTA)",
		)
		.option(
			"--recipe <name|file>",
			"what to train and how (default: code-mlm-adapt, which goes on from the model that comes with Maskwright; code-mlm-small trains from nothing)",
		)
		.option("--from <model>", "go on from a model: its name or folder")
		.option("--set <key=value>", "change one value of the recipe, such as model.layers=4; repeatable", addSetting)
		.option("--steps <n>", "stop after so many optimizer steps", positiveInteger)
		.option("--minutes <m>", "stop after so many minutes", positiveMinutes)
		.option("--tokens <t>", "stop after so many tokens", positiveInteger)
		.addOption(new Option("--device <name>", "where to compute").choices(deviceNames).default("auto"))
		.option("--threads <n>", "CPU threads", positiveInteger)
		.option("--seed <s>", "seed of everything that is drawn", wholeNumber)
		.option("--out <dir>", "the run's own folder; it must be empty or missing")
		.action(async (corpus: string, flags: TrainFlags) => {
			await train(trainOptions(corpus, flags), reporter(context, flags), context.signal);
		});
}

/** `maskwright resume`. */
export function addResume(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("resume"))
		.summary("go on with a run that was paused or interrupted")
		.description("Go on with a run from its last sound checkpoint.")
		.argument("<run>", "the run's name or folder, see maskwright runs")
		.option("--set <key=value>", "change what steers the rest, such as train.learningRate=1e-3; repeatable", addSetting)
		.action(async (run: string, flags: CommonOptions & { readonly set?: readonly string[] }) => {
			await resume({ run, set: flags.set ?? [] }, reporter(context, flags), context.signal);
		});
}

function reporter({ terminal }: CommandContext, { json }: CommonOptions): TrainingListener {
	const onWarning = (message: string): void => terminal.warn(printable(message));
	return json ? { onEvent: (event) => terminal.json(event), onWarning } : { ...trainingProgress(terminal), onWarning };
}

function trainOptions(corpus: string, flags: TrainFlags): TrainOptions {
	const { recipe, from, set = [], device, threads, seed, out } = flags;
	const budget = oneBudget(flags);
	return {
		corpus,
		set,
		device,
		...(recipe === undefined ? {} : { recipe }),
		...(from === undefined ? {} : { from }),
		...(budget === undefined ? {} : { budget }),
		...(threads === undefined ? {} : { threads }),
		...(seed === undefined ? {} : { seed }),
		...(out === undefined ? {} : { out }),
	};
}
