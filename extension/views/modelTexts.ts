import type { ModelDescriptions } from "../../sidecar/protocol/outputs.ts";
import { formatBytes, formatCount, plainMarkdown } from "../format.ts";
import type { L10n } from "../l10n.ts";
import { heldOutOf } from "../modelScores.ts";
import { scoreInShort, scoresTable, table } from "./runTexts.ts";

type Model = ModelDescriptions[number];

/** The adapters of a model; of none, the models and the adapters of a model that is not here. */
export function modelsUnder(models: readonly Model[], parent: Model | undefined): Model[] {
	if (parent !== undefined) return models.filter(({ adapter }) => adapter?.base === parent.name && !isAdapter(parent));
	const names = new Set(models.filter((model) => !isAdapter(model)).map(({ name }) => name));
	return models.filter(({ adapter }) => adapter === null || !names.has(adapter.base));
}

function isAdapter({ adapter }: Model): boolean {
	return adapter !== null;
}

/** What stands beside a model's name: whether it is in use, its score and size. */
export function modelDescription(model: Model, inUse: boolean, l10n: L10n): string {
	const scores = heldOutOf(model);
	return [
		...(inUse ? [l10n.t("in use")] : []),
		...(model.boxed ? [l10n.t("comes with Maskwright")] : []),
		...(model.adapter === null ? [] : [l10n.t("adapter for {0}", model.adapter.base)]),
		...(scores === undefined ? [] : [scoreInShort(scores, l10n)]),
		formatBytes(model.bytes),
	].join(" · ");
}

/** All that is known of a model, as Markdown. */
export function modelTooltip(model: Model, inUse: boolean, l10n: L10n): string {
	const scores = heldOutOf(model);
	return [
		`**${plainMarkdown(model.name)}** — ${plainMarkdown(modelDescription(model, inUse, l10n))}`,
		table([
			[l10n.t("Architecture"), model.architecture],
			[l10n.t("Parameters"), formatCount(model.parameters)],
			[l10n.t("Size"), formatBytes(model.bytes)],
			[l10n.t("Good for"), model.roles.map((role) => roleName(role, l10n)).join(", ") || l10n.t("nothing yet")],
			[l10n.t("Origin"), model.boxed ? l10n.t("comes with Maskwright") : l10n.t("trained on this machine")],
			[l10n.t("Folder"), model.path],
		]),
		...(scores === undefined ? [] : [scoresTable(scores, l10n)]),
	].join("\n\n");
}

/** What a screen reader says for a model. */
export function modelSpoken(model: Model, inUse: boolean, l10n: L10n): string {
	return l10n.t("Model {0}, {1}", model.name, modelDescription(model, inUse, l10n).replaceAll(" · ", ", "));
}

/** The context value that menus test, such as `model canUse canSearch canDelete`. */
export function modelContext(model: Model, inUse: boolean): string {
	const words = ["model"];
	if (!inUse && model.roles.includes("completion")) words.push("canUse");
	if (model.roles.includes("search")) words.push("canSearch");
	if (!model.boxed) words.push("canDelete");
	return words.join(" ");
}

function roleName(role: Model["roles"][number], l10n: L10n): string {
	switch (role) {
		case "completion":
			return l10n.t("completion");
		case "search":
			return l10n.t("search");
		case "detection":
			return l10n.t("finding suspicious tokens");
		case "classification":
			return l10n.t("choosing between labels");
	}
}
