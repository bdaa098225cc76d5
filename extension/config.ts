import * as vscode from "vscode";
import type { Device } from "./commands/trainItems.ts";

/** The settings of the extension, read when they are asked for. */
export const config = {
	/** Where a sidecar on another machine listens; empty for one of this machine. */
	sidecarUrl: () => read("sidecar.url", ""),
	defaultRecipe: () => read("training.recipe", "code-mlm-small"),
	defaultMinutes: () => read("training.minutes", 5),
	defaultDevice: () => read<Device>("training.device", "auto"),
	showLossCurves: () => read("training.showLossCurves", true),
} as const;

function read<Value>(key: string, fallback: Value): Value {
	return vscode.workspace.getConfiguration("maskwright").get<Value>(key) ?? fallback;
}
