import type * as vscode from "vscode";
import type { WebSocket } from "ws";
import type { z } from "zod";
import type { ParamsOf, ResultOf } from "../../sidecar/protocol/descriptors.ts";
import type { notifications, requests } from "../../sidecar/protocol/methods.ts";
import type { SidecarStatus } from "../../sidecar/protocol/sidecarStatus.ts";

/** `failed`: it died too often or cannot be reached; only a restart by the user leaves this state. */
export type SidecarState = "stopped" | "starting" | "ready" | "failed";

type Requests = typeof requests;
type Notifications = typeof notifications;

/** The sidecar as the extension sees it. Types of the protocol alone: zod stays out of the bundle that VS Code loads. */
export interface Sidecar extends vscode.Disposable {
	readonly state: SidecarState;
	readonly onDidChangeState: vscode.Event<SidecarState>;
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
	/** Pauses what trains and ends the sidecar, for every window. */
	stop(): Promise<void>;
	restart(): Promise<void>;
}
