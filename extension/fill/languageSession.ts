import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient";
import type { Ctx } from "../ctx.ts";
import type { LanguageConnection } from "../sidecar/languageClient.ts";

/** Milliseconds before the language server is tried again while the sidecar itself answers. */
const retryMilliseconds = 2000;

/** The language client from first use on, on one websocket after another. */
export interface LanguageSession extends vscode.Disposable {
	/** The client, while it runs and there is a model. */
	readonly connection: LanguageConnection | undefined;
	/** Fires when it runs, and when it answers with another model. */
	readonly onDidStart: vscode.Event<void>;
	/**
	 * Starts it, and the sidecar with it, because a mask was typed or the caret came to one. A sidecar that was stopped
	 * is started again only by what is typed. What fails is told by the status bar.
	 */
	wake(reason: "typed" | "arrived"): void;
}

/** Starts nothing before `wake`; then lives as long as the sidecar has a model. */
export function createLanguageSession(ctx: Ctx, middleware: Middleware): LanguageSession {
	return new SidecarLanguageSession(ctx, middleware);
}

class SidecarLanguageSession implements LanguageSession {
	readonly #ctx: Ctx;
	readonly #middleware: Middleware;
	readonly #started = new vscode.EventEmitter<void>();
	readonly #subscriptions: vscode.Disposable[];
	#wanted = false;
	#stopped = false;
	#opening = false;
	#retry: NodeJS.Timeout | undefined;
	#connection: LanguageConnection | undefined;
	readonly onDidStart = this.#started.event;

	constructor(ctx: Ctx, middleware: Middleware) {
		this.#ctx = ctx;
		this.#middleware = middleware;
		const { sidecar } = ctx;
		this.#subscriptions = [
			this.#started,
			sidecar.onDidChangeState((state) => {
				this.#stopped = state === "stopped";
				if (state === "ready") void this.#open();
			}),
			sidecar.onNotification("statusChanged", () => void this.#open()),
			sidecar.onNotification("modelsChanged", () => {
				if (this.#connection !== undefined) this.#started.fire();
			}),
		];
	}

	get connection(): LanguageConnection | undefined {
		return this.#connection;
	}

	wake(reason: "typed" | "arrived"): void {
		if (this.#stopped && reason === "arrived") return;
		this.#wanted = true;
		if (this.#ctx.sidecar.state !== "failed") void this.#open();
	}

	dispose(): void {
		this.#wanted = false;
		clearTimeout(this.#retry);
		for (const subscription of this.#subscriptions) subscription.dispose();
		void this.#connection?.stop();
	}

	async #open(): Promise<void> {
		if (!this.#wanted || this.#opening || this.#connection !== undefined) return;
		const { sidecar, log } = this.#ctx;
		this.#opening = true;
		clearTimeout(this.#retry);
		try {
			if (sidecar.state !== "ready") await sidecar.request("status", {});
			if (sidecar.status()?.model == null) return; // told when there is one
			const socket = await sidecar.openSocket("/lsp");
			const { startLanguageClient } = await import("../sidecar/languageClient.ts"); // a bundle of its own
			this.#connection = await startLanguageClient(socket, {
				middleware: this.#middleware,
				trustedCommands: ["maskwright.replaceMask"],
				log,
				closed: () => this.#closed(),
			});
			this.#started.fire();
		} catch (error) {
			log.warn(`The language client could not start: ${error instanceof Error ? error.message : error}`);
			this.#tryLater();
		} finally {
			this.#opening = false;
		}
	}

	#closed(): void {
		this.#connection = undefined;
		this.#tryLater();
	}

	/** A sidecar that went away tells when it is ready again; one that stays is asked after a while. */
	#tryLater(): void {
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => {
			if (this.#ctx.sidecar.state === "ready") void this.#open();
		}, retryMilliseconds);
	}
}
