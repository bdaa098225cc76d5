/** A masked-LM run as a folder that goes on in PyTorch: the same rows, masks, weights and updates on any machine. */
import { join } from "node:path";
import { MaskwrightError } from "../../base/errors.ts";
import { keywords } from "../../data/keywords.ts";
import { strategiesOf } from "../../data/masking/config.ts";
import { markClasses } from "../../data/masking/tokenMark.ts";
import type { EncoderConfig } from "../../model/config.ts";
import { toHuggingFaceConfig } from "../../model/huggingFace.ts";
import { initialParameters, type ParameterSpec, parameterSpecs } from "../../model/parameters.ts";
import { readText } from "../../store/atomic.ts";
import { latestCheckpoint, readCheckpoint } from "../../store/checkpoints.ts";
import type { NewFile } from "../../store/newFolder.ts";
import { packageFolder } from "../../store/packageFolder.ts";
import { readRunRecipe } from "../../store/runs.ts";
import { encodeSafetensors, type HostTensor } from "../../store/safetensors.ts";
import { restoreCheckpoint } from "../../train/checkpointing.ts";
import { loadCorpus } from "../../train/corpusFile.ts";
import { encoderOf } from "../../train/encoderOf.ts";
import { prepareCorpus } from "../../train/prepare.ts";
import type { PreparedCorpus } from "../../train/preparedCorpus.ts";
import { parseRecipe, type Recipe, type RecipeOf } from "../../train/recipe.ts";
import type { FilesToWrite } from "./filesToWrite.ts";
import { packageReadme } from "./packageReadme.ts";
import { jsonFile, tokenizerFiles } from "./tokenizerFiles.ts";

/** The Python of the package, the same for every run. */
const programs = [
	"train.py",
	"model.py",
	"masking.py",
	"batches.py",
	"optimizers.py",
	"random_numbers.py",
	"tensor_file.py",
	"accelerate.yaml",
	"requirements.txt",
] as const;

/** A run with all that decides how it goes on. */
interface RunToPackage {
	readonly recipe: RecipeOf<"maskedLm">;
	readonly config: EncoderConfig;
	readonly corpus: PreparedCorpus;
	readonly specs: readonly ParameterSpec[];
	/** Where it begins: the weights, and after the first step the optimizer's state and how far it is. */
	readonly weights: ReadonlyMap<string, HostTensor>;
	readonly goesOn?: { readonly optimizer: ReadonlyMap<string, HostTensor>; readonly state: Progress };
}

interface Progress {
	readonly steps: number;
	readonly tokens: number;
	readonly seconds: number;
}

/**
 * The package of a run, from its first step or from its newest checkpoint. Throws `notFound`, `checkpointInvalid`, and
 * `usage` for a run that PyTorch's script can't go on with.
 */
export function packageOfRun(run: string, at: "start" | "newest"): FilesToWrite {
	const recipe = maskedLmOnly(parseRecipe(readRunRecipe(run), run));
	const checkpoint = at === "start" ? readCheckpoint(run, 0) : latestCheckpoint(run);
	if (checkpoint === undefined) {
		throw new MaskwrightError(
			"checkpointInvalid",
			`${run} has no checkpoint to go on from. Export it with --at start.`,
		);
	}
	const corpus = loadCorpus(run);
	const { model: weights, optimizer } = checkpoint;
	const { steps, tokens, seconds } = restoreCheckpoint(checkpoint).state;
	const goesOn = steps === 0 ? {} : { goesOn: { optimizer, state: { steps, tokens, seconds } } };
	return packageFiles({ recipe, corpus, weights, ...goesOn, ...encoderParts(recipe, corpus) });
}

/** The package of a run that is yet to begin. Throws as `prepareCorpus` does, and `usage` as `packageOfRun` does. */
export async function packageOfRecipe(
	recipe: Recipe,
	corpusPath: string,
	options: { readonly signal?: AbortSignal } = {},
): Promise<FilesToWrite> {
	const checked = maskedLmOnly(recipe);
	const corpus = await prepareCorpus(corpusPath, checked, options);
	const parts = encoderParts(checked, corpus);
	const values = initialParameters(parts.specs, checked.train.seed);
	const weights = new Map(parts.specs.map(({ name, shape }) => [name, { data: values.get(name)!, shape }]));
	return packageFiles({ recipe: checked, corpus, weights, ...parts });
}

function encoderParts(recipe: Recipe, corpus: PreparedCorpus): Pick<RunToPackage, "config" | "specs"> {
	const config = encoderOf(recipe, corpus.tokenizer);
	return { config, specs: parameterSpecs(config) };
}

/** The architectures that `model.py` has. */
const packaged: ReadonlySet<string> = new Set(["bert", "roberta", "modernbert"]);

function maskedLmOnly(recipe: Recipe): RecipeOf<"maskedLm"> {
	const refuse = (why: string): never => {
		throw new MaskwrightError(
			"usage",
			`${recipe.name} can't go on in PyTorch: ${why}. Export its model with --format huggingface.`,
		);
	};
	if (!packaged.has(recipe.model.architecture)) {
		refuse(`the package holds BERT, RoBERTa and ModernBERT, and this is ${recipe.model.architecture}`);
	}
	if ("masking" in recipe) {
		const unknown = strategiesOf(recipe.masking).some(({ name }) => name === "region" || name === "suffix");
		if (unknown || recipe.masking.otherRows !== undefined) {
			refuse("its masking.py knows no regions of records, no ends of rows and no rows that are masked otherwise");
		}
	}
	if (recipe.adapter !== undefined) refuse("it trains an adapter, which the package does not hold");
	if (recipe.objective.name === "maskedLm") {
		const masked = recipe as RecipeOf<"maskedLm">;
		if (masked.phases !== undefined) refuse("the package has one objective for a whole run, and this has phases");
		if (masked.objective.attention === "causal") refuse("in the package every token sees its whole document");
		return masked;
	}
	return refuse(`the package holds masked language modelling, and the objective here is ${recipe.objective.name}`);
}

function packageFiles(run: RunToPackage): FilesToWrite {
	const { recipe, config, corpus, specs } = run;
	return {
		notes: [],
		*files() {
			for (const name of programs) {
				yield { path: name, data: readText(join(packageFolder(), "media", "pytorch", name)) };
			}
			yield jsonFile("recipe.json", recipe);
			yield jsonFile("data/encoder.json", config);
			yield jsonFile(
				"data/parameters.json",
				specs.map(({ name, shape, decay, matrix, blocks }) => ({ name, shape, decay, matrix, blocks })),
			);
			yield vocabularyFile(corpus);
			yield { path: "data/rows.safetensors", data: encodeSafetensors(rowTensors(corpus)) };
			yield* startFiles(run);
			yield* modelFiles(run);
			yield { path: "README.md", data: packageReadme({ recipe, corpus, steps: run.goesOn?.state.steps ?? 0 }) };
		},
	};
}

/** What masking knows of each id, and the words that are no identifiers. */
function vocabularyFile({ tokenizer, pieces }: PreparedCorpus): NewFile {
	const { flags, texts } = pieces;
	const content = {
		maskId: tokenizer.special.mask,
		flags: [...flags],
		texts,
		keywords: [...keywords],
		spanClasses: markClasses,
	};
	return { path: "data/vocabulary.json", data: JSON.stringify(content) };
}

function rowTensors({ train, heldOut }: PreparedCorpus): Map<string, HostTensor> {
	const tensors = new Map<string, HostTensor>();
	for (const [name, rows] of Object.entries({ train, heldOut })) {
		const shape = [rows.count, rows.sequenceLength];
		tensors.set(`${name}.tokens`, { data: rows.tokens, shape });
		tensors.set(`${name}.segments`, { data: rows.segments, shape });
		if (rows.marks !== undefined) tensors.set(`${name}.marks`, { data: rows.marks, shape });
	}
	return tensors;
}

function* startFiles({ weights, goesOn }: RunToPackage): Iterable<NewFile> {
	if (goesOn === undefined) {
		yield { path: "data/initial/model.safetensors", data: encodeSafetensors(weights, { format: "pt" }) };
		return;
	}
	const folder = `checkpoints/step-${goesOn.state.steps}`;
	yield { path: `${folder}/model.safetensors`, data: encodeSafetensors(weights, { format: "pt" }) };
	yield { path: `${folder}/optimizer.safetensors`, data: encodeSafetensors(goesOn.optimizer) };
	yield jsonFile(`${folder}/state.json`, goesOn.state);
}

/** What stands beside the weights in the model that the script makes. */
function* modelFiles({ recipe, config, corpus: { tokenizer } }: RunToPackage): Iterable<NewFile> {
	const about = {
		roles: ["completion"],
		scores: null,
		recipe: recipe.name,
		sequenceLength: recipe.data.sequenceLength,
	};
	const files = [
		jsonFile("config.json", toHuggingFaceConfig(config, tokenizer.special)),
		jsonFile("maskwright.json", about),
		...tokenizerFiles(tokenizer, config.maxPositions),
	];
	for (const { path, data } of files) yield { path: `data/model/${path}`, data };
}
