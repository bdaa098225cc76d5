import * as z from "zod";
import { classifySchema } from "./classify.ts";
import { addressSchema } from "./connection.ts";
import { trainingEventSchema, trainingEventSchemas } from "./events.ts";
import { generationSchema } from "./generate.ts";
import { attentionSchema } from "./inspect/attention.ts";
import { masksSchema } from "./inspect/masks.ts";
import { saliencySchema } from "./inspect/saliency.ts";
import { surprisalSchema } from "./inspect/surprisal.ts";
import { suspicionSchema } from "./inspect/suspicion.ts";
import {
	corpusReportSchema,
	dataflowSchema,
	doctorReportSchema,
	exportReportSchema,
	fillResultSchema,
	importReportSchema,
	modelsSchema,
	quantizeReportSchema,
	recipesSchema,
	runsSchema,
} from "./outputs.ts";
import { heldOutSchema } from "./scores.ts";
import { fileExplanationSchema, indexEventSchema, searchResultsSchema, searchScoresSchema } from "./search.ts";

/** Every JSON output of the command line by the name of its file in `docs/schemas`. */
export const outputSchemas: Readonly<Record<string, z.ZodType>> = {
	train: trainingEventSchema.describe("maskwright train and resume: one event a line"),
	corpus: corpusReportSchema,
	fill: fillResultSchema,
	generate: generationSchema,
	classify: classifySchema,
	"eval-fill": heldOutSchema,
	dataflow: dataflowSchema,
	masks: masksSchema,
	surprisal: surprisalSchema,
	suspicious: suspicionSchema,
	attention: attentionSchema,
	saliency: saliencySchema,
	index: indexEventSchema,
	"index-why": fileExplanationSchema,
	search: searchResultsSchema,
	"eval-search": searchScoresSchema,
	recipes: recipesSchema,
	runs: runsSchema,
	models: modelsSchema,
	import: importReportSchema,
	export: exportReportSchema,
	quantize: quantizeReportSchema,
	doctor: doctorReportSchema,
	serve: addressSchema,
	...Object.fromEntries(Object.entries(trainingEventSchemas).map(([event, schema]) => [`event-${event}`, schema])),
};

/**
 * JSON Schema (draft 2020-12) of the output `name`. Outputs may gain fields in later versions, so unknown fields
 * are valid: a reader passes over them.
 */
export function outputJsonSchema(name: string): Record<string, unknown> {
	const schema = outputSchemas[name];
	if (schema === undefined) throw new RangeError(`There is no output named ${name}.`);
	return { title: `maskwright ${name}`, ...z.toJSONSchema(schema, { io: "input" }) };
}
