import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";

const small = codeMlmSmall.recipe;
const masksAlone = { mask: 1, random: 0, keep: 0 };

/** Answer Token Prediction: a masked LM that classifies by predicting one token of an instruction. */
export const instruct: RecipeEntry = {
	state: "learn-green",
	recipe: {
		...small,
		name: "instruct",
		summary: "ModernBERT-Instruct: classifies texts by predicting the one masked token that answers an instruction.",
		paper: "Clavié, Cooper and Warner 2025, It's All in The [MASK]",
		tokenizer: { ...small.tokenizer, vocabularySize: 4096 },
		data: {
			...small.data,
			packing: "padded",
			reader: {
				name: "labelled",
				text: "text",
				label: "label",
				options: "options",
				instruction: "instruction",
				template: {
					instruction: "Choose the option that fits the text.",
					listing: "letters",
					anchor: "[unused0]",
					order: "sorted",
				},
				long: "cutEnd",
			},
		},
		masking: {
			strategies: [{ name: "region", weight: 1, region: "answer", tokens: "one" }],
			rate: 0.15,
			replacement: masksAlone,
			otherRows: [],
		},
		train: { batchTokens: 2048, learningRate: 2e-3, clipNorm: 1, seed: 1, budget: { minutes: 5 } },
		evaluation: { everySteps: 200, rows: 64, finalRows: 512, patience: null },
		checkpoint: { everySteps: 200, keep: 2 },
	},
	reasons: {
		...codeMlmSmall.reasons,
		"tokenizer.vocabularySize": "Without --from; a small file gets as many pieces as it supports.",
		"data.sequenceLength": "A paragraph with its options; longer texts lose their end. The paper has 2,048.",
		"data.packing": "One record is one row: its answer is the last token before the final [SEP].",
		"data.heldOutShare": "Records are held out by their content; a tenth tells the accuracy.",
		"data.reader.name": "A JSONL, CSV or TSV file of texts with labels.",
		"data.reader.text": "The column with the text.",
		"data.reader.label": "The column with the label.",
		"data.reader.options": "A record's own options; else all labels of the file.",
		"data.reader.instruction": "A record's own instruction; else the template's.",
		"data.reader.template.instruction": "Say here what the labels are about.",
		"data.reader.template.listing": "The paper's: letters are one token each, whatever the labels are.",
		"data.reader.template.anchor": 'Released code: "Answer: [unused0] B". A vocabulary without it goes without.',
		"data.reader.template.order":
			"A letter then means the same label in training and in use. Shuffled options must be looked up by their letter, which this size did not learn: at chance after 400 steps where fixed ones reached 100%.",
		"data.reader.long": "The text loses its end, never the options or the answer.",
		"masking.strategies": "Answer Token Prediction: exactly one masked token, the label.",
		"masking.rate": "Unused: the answer is masked whole and alone.",
		"masking.replacement.mask": "The released code masks always.",
		"masking.otherRows":
			'As the released train.py: true_mlm_proportion is 0. Shares of the rows with 30% masking go here, targets "originals" for real masked language modelling and "inputs" for the dummy objective of the model card.',
		"optimizer.kind": "As code-mlm-small; the paper has AdamW-like updates on 395 M weights.",
		"train.batchTokens": "Sixteen records.",
		"train.learningRate": "Half of code-mlm-small's, as a model is trained on; the paper's 2e-5 is for 395 M weights.",
		"train.budget.minutes": "Two epochs of some ten thousand records; the paper has two epochs.",
		"evaluation.everySteps": "A few per cent of the time.",
		"checkpoint.everySteps": "About a minute of work at risk.",
	},
	page: {
		says: "A masked-LM head is enough to classify: with an instruction, its options and one masked token for the answer, a masked language model is a zero-shot classifier, and fine-tuned it keeps up with a classification head.",
		headline: "93% of Llama3-1B's MMLU score with 60% fewer parameters",
		here: "Texts with labels from JSONL, CSV or TSV become instructions with lettered options; exactly one token of each is masked, the answer. No parameter is added to the model. Fine-tuned on a new task it is within two points of a classification head. What is left out is the paper's size and its 20 M FLAN examples.",
		use: "Maskwright: Classify Selection... asks for labels and says which one fits; Maskwright: Train a Classifier on This File... trains it on a file of your own. In a terminal: maskwright classify.",
		interpretation: [
			"Masked language modelling on a share of the rows, real or dummy (masking.otherRows): none by default, as in the released code; the model card mixes in the dummy one at a share that it does not name.",
			"Options stand in the order of the alphabet (data.reader.template.order); a larger model may be trained on shuffled ones, so that a letter means what its line says.",
		],
	},
};
