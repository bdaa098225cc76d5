import type { L10n } from "../../extension/l10n.ts";

/** What VS Code's l10n does in English. */
export const english: L10n = {
	t: (message, ...args) => message.replaceAll(/\{(\d+)\}/g, (_, place: string) => String(args[Number(place)])),
};
