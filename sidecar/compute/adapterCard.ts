import { adapterSpecs } from "../model/parameters.ts";
import type { BaseIdentity } from "../store/adapters.ts";
import type { FinishedRun } from "./finishedRun.ts";
import { maskedLmScores } from "./modelCard.ts";

/** The card of an adapter, in Markdown. */
export function adapterCard(run: FinishedRun & { readonly base: BaseIdentity }): string {
	const { recipe, config, corpus, heldOut, state, base } = run;
	const parameters = adapterSpecs(config).reduce(
		(sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
		0,
	);
	return `---
base_model: ${base.name}
tags: [maskwright, adapter, masked-lm, code]
---
# ${recipe.name}

${recipe.summary}

An adapter of ${parameters.toLocaleString("en")} parameters for the model ${base.name}, whose weights it leaves as they are (SHA-256 ${base.sha256}); no other model can use it. Trained by Maskwright ${state.steps} steps on ${state.tokens.toLocaleString("en")} tokens in ${Math.round(state.seconds)} seconds.

## Data

${corpus.files - corpus.heldOutFiles} files to train on (${corpus.tokens.toLocaleString("en")} tokens) and ${corpus.heldOutFiles} held out by content hash before anything was trained.

${maskedLmScores(heldOut)}
## Recipe

\`\`\`json
${JSON.stringify(recipe, undefined, "\t")}
\`\`\`
`;
}
