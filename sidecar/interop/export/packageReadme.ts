import type { PreparedCorpus } from "../../train/preparedCorpus.ts";
import type { Recipe } from "../../train/recipe.ts";

/** `README.md` of a run package. */
export function packageReadme(run: {
	readonly recipe: Recipe;
	readonly corpus: PreparedCorpus;
	/** How many steps Maskwright has taken of it. */
	readonly steps: number;
}): string {
	const { recipe, corpus, steps } = run;
	const rows = recipe.train.batchTokens / recipe.data.sequenceLength;
	const begins = steps === 0 ? "from its first step" : `from step ${steps}, with the optimizer's state`;
	return `# ${recipe.name}, to go on in PyTorch

${recipe.summary}

A training run of Maskwright, ${begins}: its resolved recipe, ${corpus.train.count.toLocaleString("en")} packed rows of ${recipe.data.sequenceLength} tokens, its tokenizer and weights, and a script that takes the same steps. The order of the rows and every mask are drawn by the same counter-based generator, so that on one processor the losses are Maskwright's own.

\`\`\`sh
pip install -r requirements.txt
python3 train.py                                         # one process, on a GPU where there is one
torchrun --nproc_per_node 8 train.py --precision bfloat16
torchrun --nnodes 2 --nproc_per_node 8 --rdzv_backend c10d --rdzv_endpoint HOST:29500 train.py
accelerate launch --config_file accelerate.yaml train.py
\`\`\`

| file | holds |
|---|---|
| \`recipe.json\` | what decides the run; the budget, batch, rates and evaluation may be changed before it begins |
| \`train.py\` | the loop: gradients over all processes, clipping, schedule, checkpoints, scores |
| \`model.py\`, \`optimizers.py\` | the encoder with its masked-LM head; AdamW and Muon |
| \`masking.py\`, \`batches.py\`, \`random_numbers.py\` | which rows and which masks |
| \`data/\` | rows, vocabulary, first weights and the files of the model that comes of it |

- A batch has ${rows} rows whatever the number of processes, which must divide it; \`--micro-rows\` computes fewer at a time. For a larger batch, change \`train.batchTokens\` in \`recipe.json\` and the learning rate with it.
- \`metrics.jsonl\` gets a line for each step and evaluation, checkpoints are written whole or not at all, and a run that was stopped goes on from the newest: start the same command again. A signal (Ctrl-C, SIGTERM) stops it with a checkpoint.
- \`--out DIR\` puts all that is written elsewhere, such as on a shared disk; only the first process writes.
- At the end \`model/\` is a model in Hugging Face's layout, which \`maskwright fill --model model\` uses as it is.
- No file is a pickle: tensors are safetensors, read by \`tensor_file.py\`.
`;
}
