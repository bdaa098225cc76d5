import * as vscode from "vscode";
import type { ModelDescriptions } from "../sidecar/protocol/outputs.ts";
import type { RunStatus } from "../sidecar/protocol/runs.ts";
import { changedRuns } from "./runStates.ts";
import type { Sidecar } from "./sidecar/connection.ts";

export type ModelDescription = ModelDescriptions[number];

/** The runs and models as the sidecar last told them; nothing before it is first used. */
export interface Inventory {
	/** Active ones first, then as the sidecar lists them. */
	readonly runs: readonly RunStatus[];
	readonly models: readonly ModelDescription[];
	/** The folder of the model that fills masks. */
	readonly modelInUse: string | undefined;
	/** The run that changed its numbers alone, or undefined when the list of runs or its states changed. */
	readonly onDidChangeRuns: vscode.Event<RunStatus | undefined>;
	readonly onDidChangeModels: vscode.Event<void>;
	/** Resolves when both lists are known; starts the sidecar on first use. */
	load(): Promise<void>;
}

export function createInventory(sidecar: Sidecar, subscriptions: vscode.Disposable[]): Inventory {
	const inventory = new SidecarInventory(sidecar);
	subscriptions.push(inventory);
	return inventory;
}

class SidecarInventory implements Inventory {
	readonly #sidecar: Sidecar;
	readonly #runsChanged = new vscode.EventEmitter<RunStatus | undefined>();
	readonly #modelsChanged = new vscode.EventEmitter<void>();
	readonly #disposables: vscode.Disposable[];
	#loading: Promise<void> | undefined;
	runs: readonly RunStatus[] = [];
	models: readonly ModelDescription[] = [];
	modelInUse: string | undefined;
	readonly onDidChangeRuns = this.#runsChanged.event;
	readonly onDidChangeModels = this.#modelsChanged.event;

	constructor(sidecar: Sidecar) {
		this.#sidecar = sidecar;
		this.#disposables = [
			this.#runsChanged,
			this.#modelsChanged,
			sidecar.onDidChangeState((state) => {
				this.#loading = undefined;
				if (state === "ready") this.load().catch(() => {}); // whoever needs the lists asks again and is told
			}),
			sidecar.onNotification("runChanged", ({ path, status }) => this.#runChanged(path, status)),
			sidecar.onNotification("statusChanged", ({ model }) => this.#modelChanged(model?.path)),
			sidecar.onNotification("modelsChanged", () => void this.#loadModels().catch(() => {})),
		];
	}

	load(): Promise<void> {
		this.#loading ??= Promise.all([this.#loadRuns(), this.#loadModels()]).then(
			() => {},
			(error: unknown) => {
				this.#loading = undefined;
				throw error;
			},
		);
		return this.#loading;
	}

	async #loadRuns(): Promise<void> {
		this.runs = await this.#sidecar.request("listRuns", {});
		this.#runsChanged.fire(undefined);
	}

	async #loadModels(): Promise<void> {
		this.models = await this.#sidecar.request("listModels", {});
		this.modelInUse = this.#sidecar.status()?.model?.path;
		this.#modelsChanged.fire();
	}

	#modelChanged(path: string | undefined): void {
		if (path === this.modelInUse) return;
		this.modelInUse = path;
		this.#modelsChanged.fire();
	}

	#runChanged(path: string, status: RunStatus | null): void {
		const { runs, onlyNumbers } = changedRuns(this.runs, path, status);
		this.runs = runs;
		this.#runsChanged.fire(onlyNumbers ? (status ?? undefined) : undefined);
	}

	dispose(): void {
		for (const disposable of this.#disposables) disposable.dispose();
	}
}
