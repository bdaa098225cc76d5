/** Models of the recipes behind the editor's commands, tiny, trained once for a run of the tests. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTraining, type TrainingHost } from "../../sidecar/compute/runTraining.ts";
import { recipes } from "../../sidecar/recipes/recipes.ts";
import { homeLayout } from "../../sidecar/store/layout.ts";
import { useModel } from "../../sidecar/store/modelInUse.ts";
import { applyOverrides } from "../../sidecar/train/recipeChanges.ts";
import { saveInHome } from "../support/storedModel.ts";
import { fillTexts, tinyFillModel } from "../support/tinyFillModel.ts";
import { tinyShape } from "../support/tinyTraining.ts";
import { copySmallProject } from "./smallProject.ts";

/** By name: which recipe it is made by. The names are not those of the recipes: nothing may look for these. */
const made = {
	/** Fills, and knows the texts of `fillTexts` by heart. */
	fills: null,
	/** Says that a text with "crash" is a bug and one with "typo" is docs. */
	triage: "instruct",
	/** Judges tokens badly. */
	watch: "electra",
	/** Writes amino acids. */
	peptides: "pepmlm",
	/** Adapters for `fills`. */
	north: "code-mlm-lora",
	south: "code-mlm-lora",
} as const;

export type PaperModel = keyof typeof made;

/** Records whose first word tells the label. */
export const issues: readonly { readonly text: string; readonly label: string }[] = Array.from(
	{ length: 60 },
	(_, at) => {
		const label = at % 2 === 0 ? "bug" : "docs";
		return { text: `${label === "bug" ? "crash" : "typo"} in module ${at}`, label };
	},
);

/** A protein, and what binds to it. */
export const pairs = Array.from({ length: 24 }, (_, at) => {
	const letters = "LAGVSERTIDPKQNFYMHWC";
	const letter = (place: number): string => letters[(place * (at + 3)) % letters.length] ?? "A";
	return {
		target: `MK${Array.from({ length: 12 }, (_, place) => letter(place)).join("")}`,
		binder: `GG${letter(1)}LEE`,
	};
});

/** Puts models into a home; where `fills` is one of them, it is in use. They are made when they are first asked for. */
export async function placeModels(home: string, ...names: readonly PaperModel[]): Promise<void> {
	const shared = process.env["MASKWRIGHT_TEST_SHARED"];
	const at = join(shared ?? mkdtempSync(join(tmpdir(), "maskwright-shared-")), "papers");
	try {
		if (!existsSync(at)) await makeAll(at);
		for (const name of names) cpSync(folderOf(at, name), folderOf(home, name), { recursive: true });
		if (names.includes("fills")) useModel(folderOf(home, "fills"), { home });
	} finally {
		if (shared === undefined) rmSync(join(at, ".."), { recursive: true });
	}
}

/** A model's folder, or of one that a run made that of the run. */
function folderOf(home: string, name: PaperModel): string {
	return name === "fills" ? join(homeLayout(home).models, name) : join(homeLayout(home).runs, name);
}

async function makeAll(home: string): Promise<void> {
	const making = `${home}.new`;
	rmSync(making, { recursive: true, force: true });
	mkdirSync(making, { recursive: true });
	const project = join(making, "project");
	copySmallProject(project);
	const [labelled, paired] = [join(making, "issues.jsonl"), join(making, "pairs.jsonl")];
	writeFileSync(labelled, issues.map((row) => JSON.stringify(row)).join("\n"));
	writeFileSync(paired, pairs.map((row) => JSON.stringify(row)).join("\n"));
	// So few steps leave it in doubt, so that there is more than one candidate to choose from.
	const fills = saveInHome(making, "fills", await tinyFillModel(fillTexts, { vocabularySize: 360, steps: 120 }));
	const train = (name: PaperModel, corpus: string, how: { from?: string; set: readonly string[] }) =>
		trainModel(folderOf(making, name), corpus, { name, ...how });
	const wide = ["model.hiddenSize=32", "model.intermediateSize=48", "model.maxPositions=64", "data.sequenceLength=64"];
	const labels = [...wide, "train.batchTokens=512", "schedule.warmupSteps=5"];
	await train("triage", labelled, { set: [...labels, 'train.budget={"steps":120}'] });
	const generator = ["generator.hiddenSize=16", "generator.intermediateSize=16", "tokenizer.vocabularySize=600"];
	await train("watch", project, { set: [...generator, 'train.budget={"steps":20}'] });
	await train("peptides", paired, { set: ['train.budget={"steps":20}'] });
	for (const [name, steps] of [
		["north", 4],
		["south", 8],
	] as const) {
		const set = [`train.budget={"steps":${steps}}`, "train.learningRate=0.2", "adapter.rank=2"];
		await train(name, project, { from: fills, set });
	}
	rmSync(project, { recursive: true });
	renameSync(making, home);
}

/** Trains as the command line does, in this process, under the name of the model. */
async function trainModel(
	out: string,
	corpus: string,
	{ name, from, set }: { readonly name: PaperModel; readonly from?: string; readonly set: readonly string[] },
): Promise<void> {
	const { recipe } = recipes.get(made[name] ?? "") ?? {};
	if (recipe === undefined) throw new Error(`There is no recipe for ${name}.`);
	const rare = ["evaluation.everySteps=1000", "checkpoint.everySteps=1000", `name=${name}`];
	const own = applyOverrides(recipe, [...tinyShape, ...rare, ...set]);
	const start = from === undefined ? {} : { from };
	const compute = { device: "cpu", threads: 1 } as const;
	await runTraining({ kind: "train", recipe: { ...own, ...start }, corpus, out, ...start, ...compute }, quiet);
}

const never = new AbortController().signal;
const quiet: TrainingHost = {
	emit: () => undefined,
	preparing: () => undefined,
	finishing: () => undefined,
	warn: (message) => console.warn(message),
	pause: never,
	finish: never,
};
