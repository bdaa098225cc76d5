import { basename } from "node:path";
import * as vscode from "vscode";
import { config } from "../config.ts";
import type { Ctx } from "../ctx.ts";
import { corpusReportText } from "../views/reportTexts.ts";
import { askBudget } from "./askBudget.ts";
import { type Budget, type Choice, corpusChoices, corpusSummary, type Device, deviceChoices } from "./trainItems.ts";
import { type Answers, ask } from "./wizard.ts";

/** A training run that is asked about in three questions: one of its own, then budget and device. */
export interface Journey {
	readonly folder: string;
	/** The rows of the first question, the default first. */
	choices(): Promise<readonly Choice<string>[]>;
	/** Such as `120 files, 34 k tokens: what to train on them`. */
	placeholder(corpus: string): string;
}

export interface Plan {
	/** What the first question was answered with. */
	readonly first: string;
	readonly budget: Budget;
	readonly device: Device;
}

/** Asks; Back goes to the question before. Throws `Dismissed` when the user leaves. */
export async function askPlan(ctx: Ctx, journey: Journey): Promise<Plan> {
	const { l10n } = vscode;
	const title = l10n.t("Train on {0}", basename(journey.folder));
	const plan: { -readonly [Key in keyof Plan]: Plan[Key] } = {
		first: "",
		budget: { minutes: config.defaultMinutes(journey.folder) },
		device: config.defaultDevice(),
	};
	let corpus: Promise<Answers<string>> | undefined;
	for (let step = 1; step <= 3; ) {
		const frame = { title, step, totalSteps: 3 };
		if (step === 1) {
			const placeholder = l10n.t("Reading the folder...");
			const choices = (token: vscode.CancellationToken) => {
				corpus ??= firstAnswers(ctx, journey, token);
				return corpus;
			};
			plan.first = await ask<string>({ ...frame, placeholder, choices });
		} else if (step === 2) {
			const budget = await askBudget({ ...frame, minutes: config.defaultMinutes(journey.folder) });
			if (budget !== "back") plan.budget = budget;
			else step -= 2;
		} else {
			const placeholder = l10n.t("Where to compute");
			const choices = async () => ({ choices: deviceChoices(process.platform, config.defaultDevice(), l10n) });
			const device = await ask<Device>({ ...frame, placeholder, choices });
			if (device !== "back") plan.device = device;
			else step -= 2;
		}
		step++;
	}
	return plan;
}

/** The rows of the first question, below them what the folder gives to train on. */
async function firstAnswers(ctx: Ctx, journey: Journey, token: vscode.CancellationToken): Promise<Answers<string>> {
	const { l10n } = vscode;
	const { folder } = journey;
	const [choices, report] = await Promise.all([
		journey.choices(),
		ctx.sidecar.request("previewCorpus", { corpus: folder }, token),
	]);
	return {
		choices,
		placeholder: journey.placeholder(corpusSummary(report, l10n)),
		asides: {
			title: l10n.t("what is trained on"),
			rows: corpusChoices(report, l10n),
			show: () => void ctx.showReport("corpus", corpusReportText(folder, report, l10n)),
		},
	};
}
