import * as vscode from "vscode";
import type { Device } from "./commands/trainItems.ts";

/** The settings of the extension, read when they are asked for. */
export const config = {
	/** Where a sidecar on another machine listens; empty for one of this machine. */
	sidecarUrl: () => read("sidecar.url", ""),
	/** These two may differ by the folder that is trained on. Undefined: the sidecar's own default. */
	defaultRecipe: (folder: string) => read("training.recipe", "", folder) || undefined,
	defaultMinutes: (folder: string) => read("training.minutes", 5, folder),
	defaultDevice: () => read<Device>("training.device", "auto"),
	/** Whether a folder is indexed when code search is first used in it. */
	autoIndex: () => read("search.autoIndex", true),
	/** Null leaves an index as it is. */
	vectorSize: () => read<"small" | "large" | null>("search.vectorSize", null),
	/** Most results of one search. */
	topResults: () => read("search.topResults", 50),
	/** Whether very unlikely tokens are told as problems. */
	surprisalDiagnostics: (document: vscode.TextDocument) => read("surprisal.diagnostics", false, document),
	/** A mirror of Hugging Face's hub. Undefined: that of the sidecar's environment, else the hub itself. */
	hubEndpoint: () => read("hub.endpoint", "") || undefined,
	/** In which numbers models answer on the CPU. */
	precision: () => read<"auto" | "float32">("inference.precision", "auto"),
	showLossCurves: () => read("training.showLossCurves", true),
} as const;

function read<Value>(key: string, fallback: Value, place?: string | vscode.TextDocument): Value {
	const scope = typeof place === "string" ? vscode.Uri.file(place) : place;
	return vscode.workspace.getConfiguration("maskwright", scope).get<Value>(key) ?? fallback;
}
