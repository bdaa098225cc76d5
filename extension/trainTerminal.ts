import * as vscode from "vscode";
import type { RunStatus } from "../sidecar/protocol/runs.ts";
import type { Ctx } from "./ctx.ts";
import { eventLine } from "./eventLines.ts";
import { isActive } from "./runStates.ts";
import { SidecarError } from "./sidecar/errors.ts";
import type { TrainRequest } from "./taskDefinition.ts";

const stepLine = 1_000; // milliseconds between two lines on steps: a terminal is read, not measured

/** The terminal of a training task: it shows the run's events, ends with the run, and pauses it when it is closed. */
export class TrainTerminal implements vscode.Pseudoterminal {
	readonly #ctx: Ctx;
	readonly #request: TrainRequest;
	readonly #write = new vscode.EventEmitter<string>();
	readonly #close = new vscode.EventEmitter<number>();
	readonly #listening: vscode.Disposable[] = [];
	#path: string | undefined;
	#closed = false;
	#lastStep = 0;
	readonly onDidWrite = this.#write.event;
	readonly onDidClose = this.#close.event;

	constructor(ctx: Ctx, request: TrainRequest) {
		this.#ctx = ctx;
		this.#request = request;
	}

	async open(): Promise<void> {
		const { sidecar } = this.#ctx;
		// Events may come before the answer that names the run.
		const early: (() => void)[] = [];
		const whenNamed = (act: () => void) => (this.#path === undefined ? early.push(act) : act());
		this.#listening.push(
			sidecar.onNotification("runEvent", ({ path, event }) =>
				whenNamed(() => {
					if (path !== this.#path || (event.event === "step" && !this.#stepIsDue())) return;
					this.#line(eventLine(event, vscode.l10n));
				}),
			),
			sidecar.onNotification("runChanged", ({ path, status }) =>
				whenNamed(() => {
					if (path === this.#path) this.#changed(status);
				}),
			),
		);
		try {
			this.#path = (await sidecar.request("startRun", this.#request)).path;
			if (this.#closed) await sidecar.request("pauseRun", { run: this.#path });
			for (const act of early) act();
		} catch (error) {
			this.#line(error instanceof SidecarError ? error.message : String(error));
			this.#end(1);
		}
	}

	/** VS Code calls it when the task is terminated or its terminal closed. */
	close(): void {
		this.#closed = true;
		const path = this.#path;
		for (const disposable of this.#listening) disposable.dispose();
		if (path === undefined) return;
		this.#ctx.sidecar.request("pauseRun", { run: path }).catch(() => {}); // it may have ended meanwhile
	}

	#changed(status: RunStatus | null): void {
		if (status !== null && isActive(status)) return;
		if (status?.message != null) this.#line(status.message);
		this.#end(status?.state === "done" || status?.state === "paused" ? 0 : 1);
	}

	#stepIsDue(): boolean {
		const now = Date.now();
		if (now - this.#lastStep < stepLine) return false;
		this.#lastStep = now;
		return true;
	}

	#line(text: string): void {
		this.#write.fire(`${text.replaceAll(/\r?\n/g, "\r\n")}\r\n`);
	}

	#end(code: number): void {
		this.#path = undefined;
		for (const disposable of this.#listening) disposable.dispose();
		this.#close.fire(code);
	}
}
