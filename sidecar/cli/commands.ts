import { addCorpus } from "./commands/corpus.ts";
import { addDataflow } from "./commands/dataflow.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEvaluate } from "./commands/evalFill.ts";
import { addFill } from "./commands/fill.ts";
import { addModels } from "./commands/models.ts";
import { addRecipes } from "./commands/recipes.ts";
import { addRuns } from "./commands/runs.ts";
import { addServe } from "./commands/serve.ts";
import { addResume, addTrain } from "./commands/train.ts";

/** Every command, in the order in which help lists them. */
export const commands = [
	addTrain,
	addResume,
	addCorpus,
	addFill,
	addEvaluate,
	addDataflow,
	addRecipes,
	addRuns,
	addModels,
	addDoctor,
	addServe,
];
