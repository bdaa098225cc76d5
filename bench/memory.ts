/**
 * Memory of a training process over many steps of code-mlm-small: prints the resident set every 100 steps.
 * Usage: node --import tsx bench/memory.ts CORPUS [STEPS]
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTraining } from "../sidecar/compute/startTraining.ts";
import { recipes } from "../sidecar/recipes/recipes.ts";
import { applyOverrides } from "../sidecar/train/recipeChanges.ts";

const [corpus, stepsText = "1000"] = process.argv.slice(2);
if (corpus === undefined) throw new Error("Usage: memory.ts CORPUS [STEPS]");
const recipe = applyOverrides(recipes.get("code-mlm-small")!.recipe, [
	`train.budget={"steps":${stepsText}}`,
	"evaluation.everySteps=1000000",
	"checkpoint.everySteps=1000000",
]);
const folder = mkdtempSync(join(tmpdir(), "maskwright-memory-"));
let pid = 0;
try {
	await startTraining(
		{ kind: "train", corpus, recipe, out: join(folder, "run"), device: "cpu" },
		{
			onStart: (started) => {
				pid = started;
			},
			onEvent: (event) => {
				if (event.event === "step" && event.step % 100 === 0) console.log(`step ${event.step}: ${resident(pid)} MB`);
				if (event.event === "done") console.log(`peak: ${Math.round(event.peakMemoryBytes / 2 ** 20)} MB`);
			},
		},
		{ pause: new AbortController().signal },
	);
} finally {
	rmSync(folder, { recursive: true });
}

/** Megabytes of the process that are in memory, by Linux's account. */
function resident(process: number): number {
	const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, "utf8"))?.[1];
	return Math.round(Number(kilobytes) / 1024);
}
