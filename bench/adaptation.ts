/**
 * What five minutes on one workspace make of the model in the box, beside a model from nothing: both on the same
 * held-out files by the measure of `heldOut`.
 *
 *   node --import tsx bench/adaptation.ts NAME=CORPUS[:ADAPT_TOKENS,NOTHING_TOKENS] ...
 *
 * Without tokens each trains for five minutes, which means the same on a quiet machine alone; elsewhere name as many as
 * each sees in the same processor time. The runs stay in a folder that is told at the end.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TrainingEvent, trainingEventSchema } from "../sidecar/protocol/events.ts";
import type { HeldOut } from "../sidecar/protocol/scores.ts";
import { packageFolder } from "../sidecar/store/packageFolder.ts";

type Done = Extract<TrainingEvent, { event: "done" }>;

type Scores = Pick<HeldOut, "top1" | "top5" | "wordTop1" | "identifierTop1" | "loss">;

const main = join(packageFolder(), "sidecar", "cli", "main.ts");
const scratch = mkdtempSync(join(tmpdir(), "maskwright-adaptation-"));
const recipes = ["code-mlm-adapt", "code-mlm-small"] as const;
console.log(
	`| workspace | model | M tokens | top-1 | top-5 | word | identifier | loss | processor s |\n|${" --- |".repeat(9)}`,
);
for (const asked of process.argv.slice(2)) {
	const [, name, corpus, adapt, nothing] = /^([^=]+)=([^:]+)(?::(\d+),(\d+))?$/.exec(asked) ?? [];
	if (name === undefined || corpus === undefined) throw new Error(`${asked} is not NAME=CORPUS[:TOKENS,TOKENS].`);
	for (const [at, recipe] of recipes.entries()) {
		const tokens = [adapt, nothing][at];
		const { done, seconds } = train({ corpus, recipe, tokens, out: join(scratch, `${name}-${recipe}`) });
		const { heldOut } = done;
		if (heldOut.before !== undefined) row(name, "in the box", { scores: heldOut.before, tokens: 0 });
		const label = recipe === "code-mlm-adapt" ? "adapted" : "from nothing";
		row(name, label, { scores: heldOut, tokens: done.tokens, seconds });
		if (at === 1) row(name, "counts of both neighbours and the window", { scores: countsOf(heldOut), tokens: 0 });
	}
}
console.log(scratch);

function row(workspace: string, model: string, of: { scores: Scores; tokens: number; seconds?: number }): void {
	const { top1, top5, wordTop1, identifierTop1, loss } = of.scores;
	const shares = [top1, top5, wordTop1, identifierTop1].map((share) =>
		share === null ? "–" : (100 * share).toFixed(1),
	);
	const cells = [(of.tokens / 1e6).toFixed(2), ...shares, loss?.toFixed(3) ?? "–", of.seconds?.toFixed(0) ?? "–"];
	console.log(`| ${workspace} | ${model} | ${cells.join(" | ")} |`);
}

interface Training {
	readonly corpus: string;
	readonly recipe: string;
	readonly tokens: string | undefined;
	readonly out: string;
}

/** The last event of a run, and the processor time of all its processes. */
function train({ corpus, recipe, tokens, out }: Training): { done: Done; seconds: number } {
	const budget = tokens === undefined ? ["--minutes", "5"] : ["--tokens", tokens];
	const args = ["train", corpus, "--recipe", recipe, ...budget, "--device", "cpu", "--out", out, "--json"];
	const call = [process.execPath, "--import", "tsx", main, ...args];
	// The second line of `times` is what the children took.
	const times = execFileSync("bash", ["-c", '"$@" > /dev/null && times', "bash", ...call], {
		encoding: "utf8",
		env: { ...process.env, MASKWRIGHT_HOME: join(scratch, "home") },
	});
	const taken = [...(times.trim().split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
	const seconds = taken.reduce((sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest), 0);
	const last = readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n").at(-1);
	const done = trainingEventSchema.parse(JSON.parse(last ?? ""));
	if (done.event !== "done") throw new Error(`The run in ${out} is not done.`);
	return { done, seconds };
}

function countsOf({ baselines }: HeldOut): Scores {
	const { cacheTop1: top1, cacheTop5: top5, cacheWordTop1: wordTop1 } = baselines;
	return { top1, top5, wordTop1, identifierTop1: null, loss: null };
}
