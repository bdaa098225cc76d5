import type { Command } from "commander";
import { isError, MaskwrightError } from "../../base/errors.ts";
import type { DownloadPlan } from "../../interop/hub/listing.ts";
import { importReportSchema } from "../../protocol/outputs.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { confirm } from "../confirm.ts";
import { bytes } from "../format.ts";
import { printable } from "../terminal.ts";
import { describeImport } from "./import.ts";

interface DownloadFlags extends CommonOptions {
	readonly revision?: string;
	readonly name?: string;
	readonly yes?: boolean;
}

/** `maskwright download`: the one command that uses the network. */
export function addDownload(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("download"))
		.summary("get a model from Hugging Face and take it in")
		.description(
			"Get a model from Hugging Face and take it in as import does. Names address and size and asks first. MASKWRIGHT_HUB_ENDPOINT or HF_ENDPOINT name a mirror, HF_TOKEN a token. A download that was cut goes on when the command is given again.",
		)
		.argument("<model>", "OWNER/NAME, or the address of its page")
		.option("--revision <revision>", "branch, tag, commit or refs/pr/NUMBER", "main")
		.option("--name <name>", "name among your models; by default the model's")
		.option("--yes", "do not ask; needed where nobody can answer")
		.action(async (model: string, { revision, name, yes, ...flags }: DownloadFlags) => {
			// undici and what it brings are read for this command alone.
			const { importFromHub } = await import("../../interop/hub/importFromHub.ts");
			const report = await importFromHub(
				{ model, revision },
				{
					...(name === undefined ? {} : { name }),
					signal: context.signal,
					confirm: async (plan) => yes === true || (await askFirst(plan, context)),
					onProgress: ({ file, bytes: done, total }) =>
						context.terminal.status(`${bytes(done)} of ${bytes(total)}  ${printable(file)}`),
				},
			).catch((error: unknown) => {
				throw isError(error, "interrupted") ? interrupted(model, error) : error;
			});
			if (report === undefined) throw new MaskwrightError("interrupted", "Nothing was downloaded.");
			printResult(context, flags, { value: importReportSchema.parse(report), describe: describeImport });
		});
}

async function askFirst(plan: DownloadPlan, { signal }: CommandContext): Promise<boolean> {
	const what = `${plan.files.length} files, ${bytes(plan.bytes)}, from ${plan.url}`;
	const { stdin, stderr } = process;
	if (!stdin.isTTY)
		throw new MaskwrightError("usage", `This would download ${what}. Nobody can be asked here: add --yes to agree.`);
	const license = plan.license === null ? "" : ` (licence: ${printable(plan.license)})`;
	return confirm(`Download ${what}${license}?`, { input: stdin, output: stderr }, signal);
}

function interrupted(model: string, cause: unknown): MaskwrightError {
	const sentence = `Stopped. What has arrived is kept; go on with: maskwright download ${model}`;
	return new MaskwrightError("interrupted", sentence, { cause });
}
