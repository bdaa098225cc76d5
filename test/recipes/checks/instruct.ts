import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../../../sidecar/base/random.ts";
import { classify } from "../../../sidecar/inference/classify.ts";
import { openModel } from "../../../sidecar/inference/loadedModel.ts";
import { codeMlmSmall } from "../../../sidecar/recipes/codeMlmSmall.ts";
import { instruct } from "../../../sidecar/recipes/instruct.ts";
import type { Recipe } from "../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import type { LearningCheck } from "../learningCheck.ts";
import { trainArm } from "../trainArm.ts";
import { fineTuned } from "./fineTunedInstruct.ts";
import { type Example, exampleMaker, options, trainedTasks } from "./instructTasks.ts";

/** Zero-shot accuracy of a model folder on the examples of a task. */
async function accuracy(folder: string, examples: readonly Example[]): Promise<number> {
	const model = openModel(folder, { executionProvider: "cpu", threads: 1 });
	try {
		let right = 0;
		for (const { text, label, instruction } of examples) {
			const report = await classify({ name: "", model }, { texts: [text], labels: options, instruction });
			right += report.items[0]!.label === label ? 1 : 0;
		}
		return right / examples.length;
	} finally {
		await model.release();
	}
}

const shape = [
	...["model.layers=2", "model.hiddenSize=64", "model.heads=4", "model.intermediateSize=128", "model.maxPositions=64"],
	...["data.sequenceLength=64", "train.batchTokens=1024", "schedule.warmupSteps=30"],
	"train.learningRate=2e-3",
	...["evaluation.everySteps=100000", "evaluation.finalRows=16", "checkpoint.everySteps=100000"],
];

function scaled(recipe: Recipe, seed: number, steps: number, ...more: string[]): Recipe {
	return applyOverrides(recipe, [...shape, `train.seed=${seed}`, `train.budget={"steps":${steps}}`, ...more]);
}

/** The same texts, rows and steps without instructions: 15% of the tokens, as any masked LM has it. */
const plain = [
	'data.reader={"name":"labelled","text":"text","label":"label"}',
	'masking.strategies=[{"name":"random"}]',
	"masking.rate=0.15",
];

const scales = {
	smoke: { steps: 12, records: 200, scored: 8, tuning: 4 },
	full: { steps: 400, records: 8_000, scored: 400, tuning: 400 },
} as const;

/** ModernBERT-Instruct: an instruction mix makes a masked LM answer about texts of a task that it never saw. */
export const instructCheck: LearningCheck = {
	recipe: "instruct",
	metric: "zero-shot accuracy on a held-out task of two options, chance 0.5, at equal steps",
	better: "higher",
	baseline: "plain masked LM (15%) on the same texts",
	margin: 0.1,
	claim: "Trained on instructions, the masked-LM head of ModernBERT-Large reaches 93% of Llama3-1B's MMLU score.",
	reproduced: {
		better:
			"The mechanism is: one masked answer token teaches the head to classify texts of a task that it was not trained on; how it does beside a classification head when fine-tuned is among the further numbers. The paper's scale (MMLU) is not reproduced here.",
		"no difference": "No: at this size the instruction mix did not carry over to the held-out task.",
		worse: "No: plain masked LM did better on the held-out task.",
	},
	async measure({ seed, scale }) {
		const { steps, records, scored, tuning } = scales[scale];
		const folder = mkdtempSync(join(tmpdir(), "maskwright-instruct-"));
		try {
			const make = exampleMaker(createRandom(seed, 0x696e73));
			const corpus = join(folder, "tasks.jsonl");
			const examples = Array.from({ length: records }, (_, at) => make(at % trainedTasks));
			writeFileSync(corpus, examples.map((example) => JSON.stringify(example)).join("\n"));
			const unseen = Array.from({ length: scored }, () => make(trainedTasks));
			const seen = Array.from({ length: scored }, (_, at) => make(at % trainedTasks));
			const own = await trainArm(scaled(instruct.recipe, seed, steps), { corpus, folder });
			const other = await trainArm(
				{ ...scaled(instruct.recipe, seed, steps, ...plain), name: codeMlmSmall.recipe.name },
				{ corpus, folder },
			);
			const arm = async ({ model, tokens, seconds }: typeof own) => ({
				value: await accuracy(model, unseen),
				tokens,
				seconds,
			});
			const tuned = scaled(instruct.recipe, seed, tuning);
			const also = {
				"accuracy on the tasks of the mix": await accuracy(own.model, seen),
				chance: 1 / options.length,
				...(await fineTuned(tuned, { from: own.model, folder, steps: tuning, scored })),
			};
			return { recipe: await arm(own), baseline: await arm(other), also };
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	},
};
