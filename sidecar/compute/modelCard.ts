import { parameterSpecs } from "../model/parameters.ts";
import type { FinishedRun } from "./finishedRun.ts";

/** The model card of a run, in Markdown with the front matter that Hugging Face reads. */
export function modelCard({ recipe, config, corpus, heldOut, state }: FinishedRun): string {
	const parameters = parameterSpecs(config).reduce(
		(sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
		0,
	);
	const { baselines } = heldOut;
	return `---
library_name: transformers
pipeline_tag: fill-mask
tags: [maskwright, masked-lm, code]
---
# ${recipe.name}

${recipe.summary}

A ${config.architecture} encoder of ${(parameters / 1e6).toFixed(2)} M parameters (${config.layers} layers of ${config.hiddenSize} units, ${config.heads} heads, vocabulary ${config.vocabularySize}), trained by Maskwright ${state.steps} steps on ${state.tokens.toLocaleString("en")} tokens in ${Math.round(state.seconds)} seconds.

## Data

${corpus.files - corpus.heldOutFiles} files to train on (${corpus.tokens.toLocaleString("en")} tokens) and ${corpus.heldOutFiles} held out by content hash before anything was trained. The texts are the user's own; their licences apply to what the model repeats of them.

## Scores on the held-out files

| measure | model | trigram of both neighbours with a cache of the window |
|---|---|---|
| top-1 | ${percent(heldOut.top1)} | ${percent(baselines.cacheTop1)} |
| top-5 | ${percent(heldOut.top5)} | ${percent(baselines.cacheTop5)} |
| top-1, words | ${percent(heldOut.wordTop1)} | ${percent(baselines.cacheWordTop1)} |
| whole identifiers, top-1 | ${percent(heldOut.identifierTop1)} | |
| whole identifiers, top-5 | ${percent(heldOut.identifierTop5)} | |

Loss ${heldOut.loss?.toFixed(4) ?? "-"} nats, pseudo-perplexity ${heldOut.pseudoPerplexity?.toFixed(2) ?? "-"}, on ${heldOut.tokens.toLocaleString("en")} masked tokens: 15% chosen at random by a fixed seed, all replaced by the mask token.

## Recipe

\`\`\`json
${JSON.stringify(recipe, undefined, "\t")}
\`\`\`
`;
}

function percent(share: number | null): string {
	return share === null ? "-" : `${(100 * share).toFixed(1)}%`;
}
