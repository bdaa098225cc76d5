import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HeldOut } from "../../../sidecar/protocol/scores.ts";
import { codeMlmLora as entry } from "../../../sidecar/recipes/codeMlmLora.ts";
import { codeMlmSmall } from "../../../sidecar/recipes/codeMlmSmall.ts";
import type { Recipe } from "../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import type { LearningCheck } from "../learningCheck.ts";
import { type TrainedArm, trainArm } from "../trainArm.ts";

const room = (...path: string[]): string => join(import.meta.dirname, "..", "..", "..", ...path);

/** One project to learn code from, and another to adapt to: of this repository, and for the smoke version a room of each. */
const corpora = {
	full: { first: room("sidecar"), other: room("webview") },
	smoke: { first: room("sidecar", "model"), other: room("webview", "ui") },
} as const;

const shape = [
	"model.hiddenSize=64",
	"model.heads=4",
	"model.intermediateSize=128",
	"model.maxPositions=64",
	"data.sequenceLength=64",
	"data.heldOutShare=0.2",
	"train.batchTokens=1024",
	"evaluation.everySteps=100000",
	"evaluation.finalRows=128",
	"checkpoint.everySteps=100000",
];

/** Each at most 5% of the model's weights; the learning rate serves all three. */
const adapters: Readonly<Record<string, string>> = {
	"code-mlm-lora": '{"kind":"lora","rank":4,"alpha":8}',
	bottleneck: '{"kind":"sequentialBottleneck","reductionFactor":4}',
	"invertible-bottleneck":
		'{"kind":"sequentialBottleneckInvertible","reductionFactor":4,"invertibleReductionFactor":4}',
};

/** Whether an adapter of a project predicts its held-out files better than the model that it is for, and how near full training is. */
export const codeMlmLoraCheck: LearningCheck = {
	recipe: "code-mlm-lora",
	metric: "pseudo-perplexity on held-out files of a project that the model has not seen",
	better: "lower",
	baseline: "the model without an adapter",
	margin: 1,
	claim:
		"With at most 1 GB of text, adapters of a few per cent of the weights match or outperform full fine-tuning of small models.",
	reproduced: {
		better:
			"The adapter is better than the frozen model; whether it matches full training is among the further numbers.",
		"no difference": "Not at this size: the adapter changes too little in so few steps.",
		worse: "On the contrary at this size.",
	},
	async measure({ seed, scale }) {
		const folder = mkdtempSync(join(tmpdir(), "maskwright-lora-"));
		const { first, other } = corpora[scale];
		const [learn, adapt] = scale === "full" ? [1200, 300] : [4, 4];
		try {
			const train = (recipe: Recipe, name: string, options: TrainOptions): Promise<TrainedArm> => {
				const { corpus, steps, from, set = [] } = options;
				const budget = [`name=${name}`, `train.seed=${seed}`, `train.budget={"steps":${steps}}`];
				const changed = applyOverrides(recipe, [...shape, ...set, ...budget]);
				// A recipe that names the model that it goes on from has its scores taken before the first step.
				const named = from === undefined ? changed : { ...changed, from };
				return trainArm(named, { corpus, folder, ...(from === undefined ? {} : { from }) });
			};
			const vocabulary = `tokenizer.vocabularySize=${scale === "full" ? 2048 : 400}`;
			const base = await train(codeMlmSmall.recipe, "base", { corpus: first, steps: learn, set: [vocabulary] });
			const on = { corpus: other, steps: adapt, from: base.model };
			const full = await train(codeMlmSmall.recipe, "full", { ...on, set: ["train.learningRate=2e-3"] });
			const arms = new Map<string, TrainedArm>();
			for (const [name, adapter] of Object.entries(adapters)) {
				arms.set(name, await train(entry.recipe, name, { ...on, set: [`adapter=${adapter}`] }));
			}
			const lora = arms.get("code-mlm-lora")!;
			return {
				recipe: { value: perplexity(lora.heldOut), tokens: lora.tokens, seconds: lora.seconds },
				baseline: { value: perplexity(lora.heldOut.before!), tokens: lora.tokens, seconds: lora.seconds },
				also: {
					"full training, the same tokens": perplexity(full.heldOut),
					"sequential bottleneck": perplexity(arms.get("bottleneck")!.heldOut),
					"invertible bottleneck": perplexity(arms.get("invertible-bottleneck")!.heldOut),
				},
			};
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	},
};

interface TrainOptions {
	readonly corpus: string;
	readonly steps: number;
	readonly from?: string;
	readonly set?: readonly string[];
}

function perplexity({ pseudoPerplexity }: Pick<HeldOut, "pseudoPerplexity">): number {
	return pseudoPerplexity ?? Number.POSITIVE_INFINITY;
}
