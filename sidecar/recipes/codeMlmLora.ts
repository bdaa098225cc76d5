import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmAdapt } from "./codeMlmAdapt.ts";

const { recipe: adapt, reasons: adaptReasons } = codeMlmAdapt;

/** An adapter of a few hundred kilobytes for one workspace; the model that it is for stays as it is. */
export const codeMlmLora: RecipeEntry = {
	state: "learn-green",
	recipe: {
		...adapt,
		name: "code-mlm-lora",
		summary: "An adapter of some hundred kilobytes for one workspace, for the model that comes with Maskwright.",
		paper:
			"Small Models, Big Impact: Efficient Corpus and Graph-Based Adaptation of Small Multilingual Language Models (Gurgurov et al. 2025)",
		adapter: {
			kind: "lora",
			rank: 8,
			alpha: 16,
			targets: ["query", "key", "value", "attentionOutput", "expand", "contract"],
		},
		optimizer: { kind: "adamw", beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 },
		train: { ...adapt.train, learningRate: 1e-2 },
	},
	reasons: {
		...Object.fromEntries(
			Object.entries(adaptReasons).filter(([key]) => !/^optimizer\.(momentum|newtonSchulzSteps)$/.test(key)),
		),
		"adapter.kind":
			"The paper compares LoRA with the bottlenecks of AdapterHub; LoRA alone can be merged into the weights exactly.",
		"adapter.rank": "The paper's, which is AdapterHub's default: 86,016 weights in the model in the box, 1.7% of it.",
		"adapter.alpha": "Twice the rank, a usual choice; it scales the learning rate.",
		"adapter.targets":
			"All projections: the paper's adapters of a layer are as large, and the model in the box has three layers.",
		"optimizer.kind":
			"AdamW ended at a loss of 3.02 where Muon ended at 3.04, each at the better of two rates, on 0.1 M tokens of this repository.",
		"optimizer.weightDecay": "An adapter that decays becomes the model that it is for; nothing is gained by that.",
		"train.learningRate":
			"3.02 against 3.07 for 3e-3 on 0.1 M tokens of this repository; on 0.3 M of astropy both ended at 2.78.",
	},
	page: {
		says: "Small multilingual models are adapted to a low-resource language by adapters trained with masked language modelling, on up to 1 GB of text or on a knowledge graph whose triples are written as sentences by 33 templates. It compares a sequential bottleneck, the same with an invertible coupling of the embeddings, and LoRA.",
		headline:
			"With at most 1 GB of text or a few MB of a knowledge graph, small models adapted by adapters match or outperform fully fine-tuned ones and large language models on the languages measured (abstract).",
		here: "The same three adapters on any encoder that Maskwright trains, for the code of one workspace. A knowledge graph is the packages, imports and symbols of the workspace, written as sentences. Fusion of a text and a graph adapter is left out. On the same tokens full training predicted more on both workspaces measured (a loss of 2.63 against 2.78 on astropy, 2.58 against 3.03 on this repository); an adapter is a fifteenth of the size of the model.",
		use: "An adapter of a few hundred kilobytes for each project: Maskwright: Switch Adapter... changes it without reading the model again; maskwright fill --adapter NAME in a terminal.",
		interpretation: [
			"The learning rate: the paper's README says 1e-4 with batches of 16, its script for triples 1e-5 with 64; minutes of training want a larger one.",
			"The last layer of each adapter starts at zero, so that a new adapter changes nothing; AdapterHub draws it from a normal distribution of 0.02.",
			"In pre-norm encoders the bottleneck reads the residual stream behind the feed-forward layer, as AdapterHub has it where a layer has no norm behind it.",
		],
	},
};
