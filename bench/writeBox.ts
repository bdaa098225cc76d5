/**
 * Writes the models in the box to `media/models`, in 8 bits, each with a card of what it was trained on and how well it
 * does.
 *
 *   node --import tsx bench/writeBox.ts RUN FOLDER SCORES.json SEARCH_MODEL SEARCH_SCORES.md SEARCH_PACKAGES.json RANKING.json
 *
 * RUN is the run of `code-mlm-boxed`, FOLDER what `boxedCorpus.ts` wrote, SCORES.json what `boxed.ts` wrote of RUN/model,
 * SEARCH_SCORES.md the table of `codeSearch.ts` of SEARCH_MODEL, and SEARCH_PACKAGES.json what that was trained on, in the
 * form of FOLDER's packages.json. RANKING.json has the weights that `fitRanking.ts` fitted for the model. The
 * n-gram counts stay out: on other packages the fill is no better with them (bench/README.md).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { heldOutSchema } from "../sidecar/protocol/scores.ts";
import { boxedModels } from "../sidecar/store/boxedModels.ts";
import { saveInt8Model } from "../sidecar/store/int8Weights.ts";
import { runLayout } from "../sidecar/store/layout.ts";
import { readMetrics } from "../sidecar/store/metrics.ts";
import { loadModel } from "../sidecar/store/modelFolder.ts";
import { packageFolder } from "../sidecar/store/packageFolder.ts";
import { readRunRecipe } from "../sidecar/store/runs.ts";
import { parseRecipe, type Recipe } from "../sidecar/train/recipe.ts";
import { type BoxedScoresByLanguage, boxedTable } from "./boxedScores.ts";

interface PackageRow {
	readonly name: string;
	readonly language: string;
	readonly license: string;
	readonly characters: number;
}

const [run, folder, scoresFile, searchModel, searchScores, searchPackages, ranking] = process.argv.slice(2);
if (run === undefined || folder === undefined || scoresFile === undefined)
	throw new Error("See the head of this file.");
if (searchModel === undefined || searchScores === undefined || searchPackages === undefined || ranking === undefined) {
	throw new Error("Name the search model, its scores, what it was trained on, and the weights of the ranking.");
}
const box = join(packageFolder(), "media", "models");
const packages = readPackages(join(folder, "packages.json"));
const scores = JSON.parse(readFileSync(scoresFile, "utf8")) as BoxedScoresByLanguage;
writeCompletion(run, { scores, weights: ranking });
writeSearch(searchModel, searchCard(readFileSync(searchScores, "utf8"), readPackages(searchPackages)));

function writeCompletion(run: string, { scores, weights }: { scores: BoxedScoresByLanguage; weights: string }): void {
	const model = loadModel(runLayout(run).model);
	const recipe = parseRecipe(readRunRecipe(run), run);
	const { mean } = scores;
	if (mean === undefined || model.about === undefined)
		throw new Error("The scores or what is known of the model lack.");
	const heldOut = heldOutSchema.parse({ ...mean, tokens: Math.round(mean.tokens) });
	saveInt8Model(join(box, boxedModels.completion), {
		...model,
		about: { ...model.about, scores: heldOut, ranking: JSON.parse(readFileSync(weights, "utf8")) },
		extra: new Map(),
		card: completionCard(recipe, { run, scores }),
	});
}

function readPackages(file: string): PackageRow[] {
	return JSON.parse(readFileSync(file, "utf8")) as PackageRow[];
}

function writeSearch(folder: string, card: string): void {
	const model = loadModel(folder);
	if (model.about === undefined) throw new Error(`${folder} does not say what it was trained for.`);
	saveInt8Model(join(box, boxedModels.search), { ...model, extra: new Map(), card });
}

function completionCard(recipe: Recipe, { run, scores }: { run: string; scores: BoxedScoresByLanguage }): string {
	const done = readMetrics(run).find(({ event }) => event === "done") as
		| { steps: number; tokens: number; seconds: number }
		| undefined;
	if (done === undefined) throw new Error(`${run} is not done.`);
	return `${head("fill-mask", "masked-lm")}
# ${boxedModels.completion}

The model that fills masks in Maskwright before anything is trained. ${recipe.summary} Trained by Maskwright's own command line: ${done.steps.toLocaleString("en")} steps on ${done.tokens.toLocaleString("en")} tokens in ${Math.round(done.seconds / 60)} minutes on one processor core, seed ${recipe.train.seed}. The weights are kept in 8 bits; the n-gram counts of its corpus stay out, since on other packages the fill is no better with them.

## Scores on packages that it was not trained on

15% of the tokens of rows of ${recipe.data.sequenceLength}, chosen at random and all replaced by the mask token, in per cent; "cache" is a trigram of both neighbours with a cache of the window, counted on all training rows; "fill" is what \`fill\` shows for a whole identifier whose length it does not know. \`bench/boxed.ts\` measures it, of the model as it ships.

${boxedTable(scores)}

## Data

Open packages from npm and Debian, which \`bench/boxedCorpus.ts\` fetches.

${packagesTable(packages)}

## Recipe

\`\`\`json
${JSON.stringify(recipe, undefined, "\t")}
\`\`\`
`;
}

function searchCard(table: string, trainedOn: readonly PackageRow[]): string {
	return `${head("feature-extraction", "code-search")}
# ${boxedModels.search}

The model that finds code by what it does in Maskwright before one is trained: a bag of stemmed sub-words with learned weights, trained by \`maskwright train --recipe code-search\` on the documentation, names, comments and messages of open packages. No package of the scores below was trained on (\`bench/searchCorpus.ts\` leaves them out). The weights are kept in 8 bits.

## Scores

Each docstring of a file is a query, all functions of the file are the pool: mean reciprocal rank as is / with the function's name masked in its code, by \`bench/codeSearch.ts\`.

${table.trim()}

## Data

${packagesTable(trainedOn)}
`;
}

/** What was trained on, under which licence. */
function packagesTable(rows: readonly PackageRow[]): string {
	const all = rows.reduce((sum, { characters }) => sum + characters, 0);
	const line = ({ name, language, license, characters }: PackageRow): string =>
		`| ${name} | ${language} | ${license} | ${characters.toLocaleString("en")} |`;
	return `${(all / 1e6).toFixed(0)} million characters, each package under a permissive licence as it states it, which holds for what a model repeats of its text:

| package | language | licence | characters |
| --- | --- | --- | --- |
${rows.map(line).join("\n")}`;
}

function head(task: string, tag: string): string {
	return `---
license: mit
library_name: transformers
pipeline_tag: ${task}
tags: [maskwright, ${tag}, code]
---`;
}
