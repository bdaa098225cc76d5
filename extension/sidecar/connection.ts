import { EventEmitter } from "node:events";
import type * as vscode from "vscode";
import type { WebSocket } from "ws";
import type { z } from "zod";
import type { ParamsOf, ResultOf } from "../../sidecar/protocol/descriptors.ts";
import type { notifications, requests } from "../../sidecar/protocol/methods.ts";
import type { SidecarStatus } from "../../sidecar/protocol/sidecarStatus.ts";
import { SidecarError } from "./errors.ts";
import type { RemoteSidecar, SidecarCommand } from "./locate.ts";
import { RestartPolicy } from "./restartPolicy.ts";
import type { Wire } from "./wire.ts";

/** `failed`: it died too often or cannot be reached; only a start by the user leaves this state. */
export type SidecarState = "stopped" | "starting" | "ready" | "failed";

type Requests = typeof requests;
type Notifications = typeof notifications;

/** The sidecar as the extension sees it. Types of the protocol alone: zod stays out of the bundle that VS Code loads. */
export interface Sidecar extends vscode.Disposable {
	readonly state: SidecarState;
	readonly onDidChangeState: vscode.Event<SidecarState>;
	/** Why the state is `failed`. */
	readonly failure: SidecarError | undefined;
	/** Asks by the name in `requests`; starts the sidecar on first use. Rejects with `SidecarError`. */
	request<Name extends keyof Requests>(
		name: Name,
		params: z.input<Requests[Name]["params"]>,
		token?: vscode.CancellationToken,
	): Promise<ResultOf<Requests[Name]>>;
	/** Goes on hearing after a reconnect. */
	onNotification<Name extends keyof Notifications>(
		name: Name,
		listener: (params: ParamsOf<Notifications[Name]>) => void,
	): vscode.Disposable;
	/** An open websocket of its own to `path`, without the hello; starts the sidecar on first use. */
	openSocket(path: "/rpc" | "/lsp"): Promise<WebSocket>;
	/** As last told; undefined until it is ready. */
	status(): SidecarStatus | undefined;
	start(): Promise<void>;
	/** Leaves the sidecar running and forgets it; the next use connects anew, as when a setting has changed. */
	disconnect(): Promise<void>;
	/** Pauses what trains and ends the sidecar, for every window. */
	stop(): Promise<void>;
	restart(): Promise<void>;
}

export interface SidecarOptions {
	/** Read before each attempt, so that a changed setting counts. Throws `SidecarError` when it makes no sense. */
	target(): Promise<SidecarCommand | RemoteSidecar>;
	readonly log: Pick<vscode.LogOutputChannel, "debug" | "info" | "warn" | "error">;
}

/** A sidecar that is not started before it is asked for, and comes back after a death as `RestartPolicy` says. */
export function createSidecar(options: SidecarOptions): Sidecar {
	return new SupervisedSidecar(options);
}

/** What another attempt cannot mend: a wrong setting or token, an extension and a sidecar of two versions. */
const hopelessErrors: ReadonlySet<string> = new Set(["usage", "protocolMismatch"]);

class SupervisedSidecar implements Sidecar {
	readonly #options: SidecarOptions;
	readonly #policy = new RestartPolicy();
	readonly #events = new EventEmitter().setMaxListeners(0);
	#state: SidecarState = "stopped";
	#wire: Promise<Wire> | undefined;
	#status: SidecarStatus | undefined;
	#wake: (() => void) | undefined;
	/** Counts starts and stops: what began before the last one has no say any more. */
	#era = 0;
	failure: SidecarError | undefined;

	constructor(options: SidecarOptions) {
		this.#options = options;
		this.onNotification("statusChanged", (status) => {
			this.#status = status;
		});
		this.onNotification("log", ({ level, message }) => options.log[level](message));
	}

	get state(): SidecarState {
		return this.#state;
	}

	readonly onDidChangeState: vscode.Event<SidecarState> = (listener, self, disposables) => {
		const disposable = this.#listen("state", (state) => listener.call(self, state as SidecarState));
		disposables?.push(disposable);
		return disposable;
	};

	async request<Name extends keyof Requests>(
		name: Name,
		params: z.input<Requests[Name]["params"]>,
		token?: vscode.CancellationToken,
	): Promise<ResultOf<Requests[Name]>> {
		const wire = await this.#ready();
		return (await wire.request(name, params, token)) as ResultOf<Requests[Name]>;
	}

	onNotification<Name extends keyof Notifications>(
		name: Name,
		listener: (params: ParamsOf<Notifications[Name]>) => void,
	): vscode.Disposable {
		return this.#listen(`notified ${name}`, (params) => listener(params as ParamsOf<Notifications[Name]>));
	}

	async openSocket(path: "/rpc" | "/lsp"): Promise<WebSocket> {
		const wire = await this.#ready();
		return await wire.openSocket(path);
	}

	status(): SidecarStatus | undefined {
		return this.#status;
	}

	async start(): Promise<void> {
		this.#policy.reset();
		if (this.#state === "failed") this.#wire = undefined;
		this.#wake?.();
		await this.#ready();
	}

	async stop(): Promise<void> {
		await this.#stop({ keep: false });
	}

	async restart(): Promise<void> {
		await this.#stop({ keep: true });
		await this.start();
	}

	/** With `keep` the next sidecar goes on with what trained. */
	async #stop(options: { keep: boolean }): Promise<void> {
		const wire = this.#state === "ready" ? await this.#wire : undefined;
		this.#leave("stopped");
		if (wire === undefined) return;
		try {
			await wire.request("stopSidecar", options, undefined);
		} catch (error) {
			// It may be gone before its answer is.
			if (!(error instanceof SidecarError) || error.errorName !== "processDied") throw error;
		} finally {
			wire.dispose();
		}
	}

	async disconnect(): Promise<void> {
		const wire = this.#wire;
		this.#leave("stopped");
		await wire?.then((open) => open.dispose()).catch(() => {});
	}

	dispose(): void {
		this.#events.removeAllListeners();
		void this.disconnect();
	}

	#ready(): Promise<Wire> {
		this.#wire ??= this.#connect(this.#era);
		return this.#wire;
	}

	/** Tries until there is a connection or the policy gives up; a stop meanwhile rejects. */
	async #connect(era: number, wait = 0): Promise<Wire> {
		this.#setState("starting");
		for (let pause = wait; ; ) {
			await this.#pause(pause);
			try {
				if (era !== this.#era) throw new SidecarError("unreachable", "The sidecar was stopped.");
				return await this.#attempt(era);
			} catch (error) {
				if (era !== this.#era) throw error;
				const failure = error instanceof SidecarError ? error : new SidecarError("internal", String(error));
				pause = this.#afterDeath(failure);
			}
		}
	}

	async #attempt(era: number): Promise<Wire> {
		const target = await this.#options.target();
		const { connectWire } = await import("./wire.ts"); // a bundle of its own, read at first use
		const wire = await connectWire(target, {
			notified: (name, params) => this.#events.emit(`notified ${name}`, params),
			closed: (orderly) => this.#closed(era, orderly),
		});
		if (era !== this.#era) {
			wire.dispose();
			throw new SidecarError("unreachable", "The sidecar was stopped.");
		}
		this.#status = (await wire.request("status", {}, undefined)) as SidecarStatus;
		this.#options.log.info(`Connected to the sidecar, process ${wire.pid}, version ${wire.version}.`);
		this.failure = undefined;
		this.#setState("ready");
		return wire;
	}

	#closed(era: number, orderly: boolean): void {
		if (era !== this.#era || this.#state !== "ready") return; // while it connects, the attempt fails by itself
		if (orderly) {
			this.#options.log.info("The sidecar was stopped.");
			this.#leave("stopped");
			return;
		}
		try {
			const wait = this.#afterDeath(new SidecarError("processDied", "The connection to the sidecar was lost."));
			this.#wire = this.#connect(era, wait);
			this.#wire.catch(() => {}); // whoever asks next is told
		} catch (error) {
			this.#wire = Promise.reject(error);
			this.#wire.catch(() => {});
		}
	}

	/** The milliseconds to wait before the next attempt; throws when there shall be none. */
	#afterDeath(failure: SidecarError): number {
		const { log } = this.#options;
		const hopeless = hopelessErrors.has(failure.errorName);
		const wait = hopeless ? undefined : this.#policy.died(Date.now());
		log.warn(failure.message);
		if (failure.detail !== undefined) log.warn(failure.detail);
		this.#status = undefined;
		if (wait !== undefined) {
			log.info(`The sidecar is started again in ${wait / 1000} s.`);
			return wait;
		}
		if (!hopeless) log.error("The sidecar ended five times within three minutes and is not started again.");
		this.failure = failure;
		this.#setState("failed");
		throw failure;
	}

	#leave(state: SidecarState): void {
		this.#era++;
		this.#wire = undefined;
		this.#status = undefined;
		this.failure = undefined;
		this.#wake?.();
		this.#setState(state);
	}

	async #pause(milliseconds: number): Promise<void> {
		if (milliseconds === 0) return;
		await new Promise<void>((resolve) => {
			const timer = setTimeout(resolve, milliseconds);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
		this.#wake = undefined;
	}

	#setState(state: SidecarState): void {
		if (this.#state === state) return;
		this.#state = state;
		this.#events.emit("state", state);
	}

	#listen(event: string, listener: (value: unknown) => void): vscode.Disposable {
		this.#events.on(event, listener);
		return { dispose: () => this.#events.off(event, listener) };
	}
}
