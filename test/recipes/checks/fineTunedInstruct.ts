import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, type Random } from "../../../sidecar/base/random.ts";
import { classify } from "../../../sidecar/inference/classify.ts";
import { openModel } from "../../../sidecar/inference/loadedModel.ts";
import type { Recipe } from "../../../sidecar/train/recipe.ts";
import { classificationHeadAccuracy, type LabelledTexts } from "../../support/classificationHead.ts";
import { trainArm } from "../trainArm.ts";
import { words } from "./instructTasks.ts";

/** Records of a step, by the recipe's tokens of a batch and of a row; the head sees as many texts. */
const rows = 16;

/** Tokens of a text between [CLS] and [SEP]; five words have fewer. */
const textTokens = 32;

/**
 * A task of four labels, all of whose words are new to the model, learned from 1,000 records by the masked answer and by
 * a linear head on [CLS]: from the same weights, in as many steps of as many records, by the same optimizer.
 */
export async function fineTuned(
	recipe: Recipe,
	options: { readonly from: string; readonly folder: string; readonly steps: number; readonly scored: number },
): Promise<Record<string, number>> {
	const { from, folder, steps, scored } = options;
	const task = newTask(createRandom(recipe.train.seed, 0x66696e65));
	const train = task.records(1000);
	const test = task.records(scored);
	const corpus = join(folder, "tuning.jsonl");
	const instruction = "What do they say of it?";
	writeFileSync(corpus, train.map((record) => JSON.stringify({ ...record, instruction })).join("\n"));
	const { model: path } = await trainArm({ ...recipe, name: "tuned" }, { corpus, folder, from });
	const model = openModel(path, { executionProvider: "cpu", threads: 1 });
	// The labels in an order of the user's own, which decides nothing.
	const labels = [...task.labels].reverse();
	const { items } = await classify({ name: "", model }, { texts: test.map(({ text }) => text), labels, instruction });
	await model.release();
	const columns = (records: typeof train): LabelledTexts => ({
		texts: records.map(({ text }) => text),
		labels: records.map(({ label }) => task.labels.indexOf(label)),
	});
	const tuning = { model: from, recipe, classes: task.labels.length, steps, rows, length: textTokens };
	return {
		"fine-tuned on 1,000 records of a new task":
			items.filter(({ label }, at) => label === test[at]!.label).length / scored,
		"a classification head fine-tuned on the same": await classificationHeadAccuracy(tuning, {
			train: columns(train),
			test: columns(test),
		}),
	};
}

interface NewTask {
	readonly labels: readonly string[];
	records(count: number): { text: string; label: string }[];
}

/** Twenty words stand for each label, and two of them between three that stand for none say what a text is. */
function newTask(random: Random): NewTask {
	const all = words(4 + 4 * 20 + 20, random);
	const labels = all.splice(0, 4);
	const topics = labels.map(() => all.splice(0, 20));
	const pick = (list: readonly string[]): string => list[random.below(list.length)]!;
	return {
		labels,
		records: (count) =>
			Array.from({ length: count }, () => {
				const topic = random.below(labels.length);
				const text = [pick(all), pick(topics[topic]!), pick(all), pick(topics[topic]!), pick(all)].join(" ");
				return { text, label: labels[topic]! };
			}),
	};
}
