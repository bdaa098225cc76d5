import type { RecipeEntry } from "../train/recipe.ts";
import { biphasic } from "./biphasic.ts";
import { codeMlmAdapt } from "./codeMlmAdapt.ts";
import { codeMlmBase } from "./codeMlmBase.ts";
import { codeMlmBoxed } from "./codeMlmBoxed.ts";
import { codeMlmLora } from "./codeMlmLora.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";
import { codeSearch } from "./codeSearch.ts";
import { electra } from "./electra.ts";
import { ernieGram } from "./ernieGram.ts";
import { graphCodeBert } from "./graphCodeBert.ts";
import { instruct } from "./instruct.ts";
import { lem, lemPara } from "./lem.ts";
import { pepmlm } from "./pepmlm.ts";
import { plainBert } from "./plainBert.ts";
import { sap } from "./sap.ts";
import { starbucks } from "./starbucks.ts";
import { starbucksSearch } from "./starbucksSearch.ts";

/** Every recipe that ships, by name. */
export const recipes: ReadonlyMap<string, RecipeEntry> = new Map(
	[
		codeMlmAdapt,
		codeMlmLora,
		codeMlmSmall,
		codeMlmBase,
		codeMlmBoxed,
		graphCodeBert,
		electra,
		codeSearch,
		biphasic,
		ernieGram,
		instruct,
		lem,
		lemPara,
		plainBert,
		sap,
		pepmlm,
		starbucks,
		starbucksSearch,
	].map((entry) => [entry.recipe.name, entry]),
);
