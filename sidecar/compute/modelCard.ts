import { parameterSpecs } from "../model/parameters.ts";
import type { HeldOut } from "../protocol/scores.ts";
import type { SearchScores } from "../protocol/search.ts";
import type { FinishedRun } from "./finishedRun.ts";

/** The model card of a run, in Markdown with the front matter that Hugging Face reads. */
export function modelCard({ recipe, config, corpus, heldOut, state, modelStep }: FinishedRun): string {
	const parameters = parameterSpecs(config).reduce(
		(sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
		0,
	);
	const isEncoder = heldOut.search !== undefined || heldOut.detection !== undefined;
	return `---
library_name: transformers
pipeline_tag: ${isEncoder ? "feature-extraction" : "fill-mask"}
tags: [maskwright, ${heldOut.detection !== undefined ? "electra" : isEncoder ? "code-search" : "masked-lm"}, code]
---
# ${recipe.name}

${recipe.summary}

A ${config.architecture} encoder of ${(parameters / 1e6).toFixed(2)} M parameters (${config.layers} layers of ${config.hiddenSize} units, ${config.heads} heads, vocabulary ${config.vocabularySize}), trained by Maskwright ${state.steps} steps on ${state.tokens.toLocaleString("en")} tokens in ${Math.round(state.seconds)} seconds.${modelStep === state.steps ? "" : ` The weights are those of step ${modelStep}, which had the lowest loss on the held-out files.`}${recipe.from === undefined ? "" : ` It went on from ${recipe.from}.`}

## Data

${corpus.files - corpus.heldOutFiles} files to train on (${corpus.tokens.toLocaleString("en")} tokens) and ${corpus.heldOutFiles} held out by content hash before anything was trained. The texts are the user's own; their licences apply to what the model repeats of them.

${scoresOf(heldOut)}${structureScores(heldOut)}
${heldOut.search === undefined ? maskedLmScores(heldOut) : searchScores(heldOut.search)}${structureScores(heldOut)}${bitextScores(heldOut)}
## Recipe

\`\`\`json
${JSON.stringify(recipe, undefined, "\t")}
\`\`\`
`;
}

function scoresOf(heldOut: HeldOut): string {
	if (heldOut.search !== undefined) return searchScores(heldOut.search);
	return heldOut.detection === undefined ? maskedLmScores(heldOut) : detectionScores(heldOut.detection);
}

function detectionScores(scores: NonNullable<HeldOut["detection"]>): string {
	const { auroc, accuracy, majority, recall, threshold, tokens } = scores;
	return `## Scores on the held-out files

Replaced tokens told from others: area under the curve ${auroc?.toFixed(3) ?? "-"}; accuracy ${percent(accuracy)}, where saying the same of all tokens has ${percent(majority)}. At a probability of ${threshold.toFixed(3)}, which 1 in 100 tokens of files as they are exceeds, ${percent(recall)} of the replaced tokens are found. On ${tokens.toLocaleString("en")} tokens, of which 15% were chosen and replaced by draws of the generator.

\`maskwright suspicious FILE\` tells the tokens of a file that look replaced.
`;
}

function structureScores({ edgeF1, alignmentF1 }: FinishedRun["heldOut"]): string {
	if (edgeF1 === undefined) return "";
	return `
On the data flow of held-out functions: edges F1 ${edgeF1?.toFixed(3) ?? "-"}, node alignment F1 ${alignmentF1?.toFixed(3) ?? "-"}, each told from as many pairs that are not connected.
`;
}

function bitextScores({ bitext }: FinishedRun["heldOut"]): string {
	if (bitext === undefined) return "";
	return `
Of ${bitext.pairs} held-out pairs, ${percent(bitext.forward)} of the first texts find their second by the cosine of mean vectors, and ${percent(bitext.backward)} the other way.
`;
}

type Shares = Pick<HeldOut, "top1" | "top5" | "wordTop1" | "identifierTop1" | "identifierTop5">;

function percent(share: number | null): string {
	return share === null ? "-" : `${(100 * share).toFixed(1)}%`;
}

/** The table of scores, before and after where there are both. */
export function maskedLmScores(heldOut: HeldOut): string {
	const { baselines, before } = heldOut;
	const rows: [string, keyof Shares, (number | null)?][] = [
		["top-1", "top1", baselines.cacheTop1],
		["top-5", "top5", baselines.cacheTop5],
		["top-1, words", "wordTop1", baselines.cacheWordTop1],
		["whole identifiers, top-1", "identifierTop1"],
		["whole identifiers, top-5", "identifierTop5"],
	];
	const was = (share: keyof Shares): string => (before === undefined ? "" : ` ${percent(before[share])} |`);
	const lines = rows.map(([label, share, cache]) => {
		return `| ${label} |${was(share)} ${percent(heldOut[share])} |${cache === undefined ? " |" : ` ${percent(cache)} |`}`;
	});
	return `## Scores on the held-out files

| measure |${before === undefined ? "" : " before |"} model | trigram of both neighbours with a cache of the window |
|---|${before === undefined ? "" : "---|"}---|---|
${lines.join("\n")}

Loss ${heldOut.loss?.toFixed(4) ?? "-"} nats, pseudo-perplexity ${heldOut.pseudoPerplexity?.toFixed(2) ?? "-"}, on ${heldOut.tokens.toLocaleString("en")} masked tokens: 15% chosen at random by a fixed seed, all replaced by the mask token.
`;
}

function searchScores({ asIs, nameless, fusionWeight }: NonNullable<HeldOut["search"]>): string {
	const row = (label: string, { bm25, encoder, hybrid }: SearchScores): string =>
		`| ${label} | ${[bm25, encoder, hybrid].map((scores) => scores?.mrr.toFixed(3) ?? "-").join(" | ")} |`;
	return `## Scores on the held-out files

Mean reciprocal rank of ${asIs.queries} documented functions, each sought by its documentation among all ${asIs.pool}.

| code | BM25 | encoder | both, weight ${fusionWeight} |
|---|---|---|---|
${row("as is", asIs)}
${row("without the function's name", nameless)}
`;
}
