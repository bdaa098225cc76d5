import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markClasses } from "../../../sidecar/data/masking/tokenMark.ts";
import { codeMlmSmall } from "../../../sidecar/recipes/codeMlmSmall.ts";
import { electra as entry } from "../../../sidecar/recipes/electra.ts";
import type { Recipe } from "../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { probeAccuracy } from "../../support/linearProbe.ts";
import { spanVectors } from "../../support/spanVectors.ts";
import type { LearningCheck } from "../learningCheck.ts";
import { type TrainedArm, trainArm } from "../trainArm.ts";

/** This repository's own code, and for the smoke version a room of it. */
const corpora = {
	full: join(import.meta.dirname, "..", "..", "..", "sidecar"),
	smoke: join(import.meta.dirname, "..", "..", "..", "sidecar", "model"),
} as const;

const batchTokens = 1024;
const sequenceLength = 64;
const heldOutShare = 0.2;

const shape = [
	"model.hiddenSize=64",
	"model.heads=4",
	"model.intermediateSize=128",
	`model.maxPositions=${sequenceLength}`,
	`data.sequenceLength=${sequenceLength}`,
	`data.heldOutShare=${heldOutShare}`,
	"masking.rate=0.15",
	'masking.replacement={"mask":0.85,"random":0,"keep":0.15}',
	`train.batchTokens=${batchTokens}`,
	"evaluation.everySteps=100000",
	"evaluation.finalRows=256",
	"checkpoint.everySteps=100000",
];

/** A quarter of the encoder, as the paper's small model. */
const generator = ["generator.hiddenSize=16", "generator.heads=1", "generator.intermediateSize=32"];

/**
 * Whether a detector's encoder knows more of code than one of masked language modelling that had as many tokens: the
 * generator reads each batch before the detector does, so that masked LM gets twice the steps.
 */
export const electra: LearningCheck = {
	recipe: "electra",
	metric:
		"accuracy of a linear probe of the class of a span of code (frozen mean of its hidden units), at equal tokens",
	better: "higher",
	baseline: "masked LM of the same encoder, data, masking and optimizer, twice the steps",
	margin: 0.005,
	claim:
		"With the same model, data and compute its representations are better than masked LM's: as good as RoBERTa's and XLNet's with less than a quarter of their compute.",
	reproduced: {
		better: "Yes, at this size and for this probe.",
		"no difference": "Not at this size: the probe reads no more from the detector's encoder than from masked LM's.",
		worse: "On the contrary at this size: the probe reads more from masked LM's encoder.",
	},
	async measure({ seed, scale }) {
		const folder = mkdtempSync(join(tmpdir(), "maskwright-electra-"));
		try {
			const steps = scale === "full" ? 800 : 4;
			const most = scale === "full" ? 6000 : 300;
			const corpus = corpora[scale];
			const settings = (name: string, count: number): string[] => [
				...shape,
				`tokenizer.vocabularySize=${scale === "full" ? 1024 : 400}`,
				`name=${name}`,
				`train.seed=${seed}`,
				`train.budget={"steps":${count}}`,
			];
			const train = async (recipe: Recipe, name: string, count: number, more: readonly string[] = []) =>
				await trainArm(applyOverrides(recipe, [...settings(name, count), ...more]), { corpus, folder });
			const probe = async ({ model }: TrainedArm): Promise<number> => {
				const maximumFileBytes = entry.recipe.data.maxFileBytes;
				const { vectors, labels } = await spanVectors(model, {
					corpus,
					heldOutShare,
					maximumFileBytes,
					sequenceLength,
					most,
				});
				const cut = Math.floor((2 / 3) * vectors.length);
				const part = (from: number, to: number) => ({
					vectors: vectors.slice(from, to),
					labels: labels.slice(from, to),
				});
				return probeAccuracy(part(0, cut), part(cut, vectors.length), markClasses.length + 1);
			};
			const detector = await train(entry.recipe, "electra", steps, generator);
			const equalTokens = await train(codeMlmSmall.recipe, "masked-lm", 2 * steps);
			const equalSteps = scale === "full" ? await train(codeMlmSmall.recipe, "masked-lm-steps", steps) : equalTokens;
			const { auroc, accuracy, majority, recall } = detector.heldOut.detection!;
			return {
				recipe: { value: await probe(detector), tokens: 2 * detector.tokens, seconds: detector.seconds },
				baseline: { value: await probe(equalTokens), tokens: equalTokens.tokens, seconds: equalTokens.seconds },
				also: {
					"masked LM at equal steps": await probe(equalSteps),
					"AUROC of replaced tokens on held-out code": auroc ?? 0.5,
					"accuracy of the detector": accuracy,
					"accuracy of saying that nothing was replaced": majority,
					"recall at 1 false alarm in 100 tokens": recall ?? 0,
				},
			};
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	},
};
