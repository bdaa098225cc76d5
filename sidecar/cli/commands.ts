import { addAdapters } from "./commands/adapters.ts";
import { addAttention, addSaliency } from "./commands/attention.ts";
import { addClassify } from "./commands/classify.ts";
import { addCorpus } from "./commands/corpus.ts";
import { addDataflow } from "./commands/dataflow.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDownload } from "./commands/download.ts";
import { addEvaluate } from "./commands/evalFill.ts";
import { addEvaluateSearch } from "./commands/evalSearch.ts";
import { addExport } from "./commands/export.ts";
import { addFill } from "./commands/fill.ts";
import { addGenerate } from "./commands/generate.ts";
import { addImport } from "./commands/import.ts";
import { addIndex } from "./commands/index.ts";
import { addMasks } from "./commands/masks.ts";
import { addMcp } from "./commands/mcp.ts";
import { addModels } from "./commands/models.ts";
import { addQuantize } from "./commands/quantize.ts";
import { addRecipes } from "./commands/recipes.ts";
import { addRuns } from "./commands/runs.ts";
import { addSearch } from "./commands/search.ts";
import { addServe } from "./commands/serve.ts";
import { addSurprisal } from "./commands/surprisal.ts";
import { addSuspicious } from "./commands/suspicious.ts";
import { addResume, addTrain } from "./commands/train.ts";
import { addTriples } from "./commands/triples.ts";

/** Every command, in the order in which help lists them. */
export const commands = [
	addTrain,
	addResume,
	addCorpus,
	addFill,
	addGenerate,
	addClassify,
	addEvaluate,
	addEvaluateSearch,
	addDataflow,
	addMasks,
	addSurprisal,
	addSuspicious,
	addAttention,
	addSaliency,
	addIndex,
	addSearch,
	addMcp,
	addTriples,
	addRecipes,
	addRuns,
	addModels,
	addAdapters,
	addImport,
	addDownload,
	addExport,
	addQuantize,
	addDoctor,
	addServe,
];
