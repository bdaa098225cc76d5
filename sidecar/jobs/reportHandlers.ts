import { startTask } from "../compute/startTask.ts";
import type { JobHandlers } from "./handlers.ts";
import { absolute } from "./paths.ts";
import { describeRecipes } from "./recipeChoice.ts";

/** What can be told without a run: devices, recipes, and what a corpus gives. Each look is a process of its own. */
export function reportHandlers(): Pick<JobHandlers, "doctor" | "listRecipes" | "previewCorpus"> {
	return {
		doctor: (_params, { signal }) => startTask({ task: "doctor" }, signal),
		listRecipes: async () => describeRecipes(),
		previewCorpus: async ({ corpus }, { signal }) => startTask({ task: "corpus", path: absolute(corpus) }, signal),
	};
}
