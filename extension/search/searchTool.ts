import * as vscode from "vscode";
import type { Ctx } from "../ctx.ts";
import type { SearchInput } from "./searchInput.ts";

/** The tool `#maskwright`: lets the language models of the editor search the index. It reads and changes nothing. */
export function activateSearchTool(ctx: Ctx): void {
	// Editors that are built on VS Code may lack the API.
	if (typeof vscode.lm?.registerTool !== "function") return;
	ctx.subscriptions.push(
		vscode.lm.registerTool<SearchInput>("maskwright_search", {
			prepareInvocation: ({ input }) => ({
				invocationMessage: vscode.l10n.t("Searching the code for “{0}”", input.query),
			}),
			invoke: async ({ input }, token) => {
				const { answerSearch } = await import("./answerSearch.ts");
				return await answerSearch(ctx, input, token);
			},
		}),
	);
}
