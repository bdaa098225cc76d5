import { causalLmSections } from "./tasks/sections/causalLm.ts";
import { codeSearchContradiction, codeSearchSections } from "./tasks/sections/codeSearch.ts";
import { ernieGramContradiction, ernieGramSections } from "./tasks/sections/ernieGram.ts";
import { graphCodeBertContradiction, graphCodeBertSections } from "./tasks/sections/graphCodeBert.ts";
import { maskedLmSections } from "./tasks/sections/maskedLm.ts";
import { phasesContradiction, phasesSection } from "./tasks/sections/phases.ts";
import {
	replacedTokenDetectionContradiction,
	replacedTokenDetectionSections,
} from "./tasks/sections/replacedTokenDetection.ts";
import { starbucksContradiction, starbucksSections } from "./tasks/sections/starbucks.ts";

/**
 * What an objective adds to a recipe, by its name: its settings, and the sections that not every objective has, or not
 * the same. A row here and one in `tasks/tasks.ts` are all that a new objective takes beside its own files.
 */
export const objectiveSections = {
	maskedLm: { ...maskedLmSections, ...phasesSection },
	causalLm: { ...causalLmSections, ...phasesSection },
	graphCodeBert: graphCodeBertSections,
	codeSearch: codeSearchSections,
	starbucks: starbucksSections,
	replacedTokenDetection: replacedTokenDetectionSections,
	ernieGram: ernieGramSections,
} as const;

/** What is wrong with a recipe that only its objective can tell, as the end of a sentence, by the objective's name. */
const contradictions: Readonly<Record<string, (recipe: never) => string | undefined>> = {
	maskedLm: phasesContradiction,
	causalLm: phasesContradiction,
	graphCodeBert: graphCodeBertContradiction,
	codeSearch: codeSearchContradiction,
	starbucks: starbucksContradiction,
	replacedTokenDetection: replacedTokenDetectionContradiction,
	ernieGram: ernieGramContradiction,
};

/** What contradicts itself in the sections of a recipe's objective, if anything does. */
export function contradictionOf(recipe: { readonly objective: { readonly name: string } }): string | undefined {
	return contradictions[recipe.objective.name]?.(recipe as never);
}
