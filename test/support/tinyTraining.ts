import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Settings with which a step takes milliseconds. */
export const tinyShape: readonly string[] = [
	"tokenizer.vocabularySize=300",
	"model.layers=1",
	"model.hiddenSize=16",
	"model.heads=2",
	"model.intermediateSize=16",
	"model.maxPositions=32",
	"data.sequenceLength=32",
	"train.batchTokens=64",
	"evaluation.rows=2",
	"evaluation.finalRows=4",
];

/** Arguments of a call of `train` with which a run of a few steps takes a second or two. */
export const tinySettings: readonly string[] = [
	...tinyShape,
	"evaluation.everySteps=2",
	"checkpoint.everySteps=2",
].flatMap((setting) => ["--set", setting]);

/** Writes `files` small, different source files below `folder`. */
export function writeTinyCorpus(folder: string, files = 12): void {
	for (let file = 0; file < files; file++) {
		const lines = Array.from(
			{ length: 12 },
			(_, line) =>
				`export function sum${file}Of${line}(left: number, right: number): number { return left + right * ${line}; }`,
		);
		const path = join(folder, `part${file % 3}`, `file${file}.ts`);
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, `${lines.join("\n")}\n`);
	}
}
