import type { RecipeEntry } from "../train/recipe.ts";

/** The baseline that the defaults are measured against: BERT as its paper has it, at the size of `code-mlm-small`. */
export const plainBert: RecipeEntry = {
	state: "learn-green",
	recipe: {
		name: "plain-bert",
		summary: "BERT's own recipe at the size of code-mlm-small: the baseline for every other choice.",
		paper: "Devlin et al. 2019, BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
		tokenizer: { vocabularySize: 8192, minFrequency: 2, acrossLines: false },
		data: { sequenceLength: 128, packing: "padded", heldOutShare: 0.1, maxFileBytes: 200_000 },
		masking: {
			strategies: [{ name: "random", weight: 1 }],
			rate: 0.15,
			replacement: { mask: 0.8, random: 0.1, keep: 0.1 },
		},
		model: {
			architecture: "bert",
			layers: 4,
			hiddenSize: 256,
			heads: 4,
			intermediateSize: 1024,
			maxPositions: 128,
			activation: "gelu",
			layerNormEps: 1e-12,
			positionEmbedding: "absolute",
			feedForward: "mlp",
			typeVocabularySize: 2,
			globalRopeTheta: 10_000,
			localRopeTheta: 10_000,
			globalAttentionEveryNLayers: 1,
			localAttention: 128,
			initializer: { std: 0.02 },
		},
		objective: { name: "maskedLm", rows: "all" },
		optimizer: { kind: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-6, weightDecay: 0.01 },
		schedule: { kind: "linear", warmupSteps: 60, floor: 0 },
		train: { batchTokens: 2048, learningRate: 5e-4, clipNorm: 1, seed: 1, budget: { minutes: 5 } },
		evaluation: { everySteps: 400, rows: 64, finalRows: 512, patience: null },
		checkpoint: { everySteps: 400, keep: 2 },
	},
	reasons: {},
};
