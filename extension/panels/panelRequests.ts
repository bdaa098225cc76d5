import * as vscode from "vscode";
import { requests } from "../../sidecar/protocol/methods.ts";
import type { Ctx } from "../ctx.ts";
import { type AllowedRequests, type Answer, type PanelRequest, relayRequest } from "./bridge.ts";

/** The requests that a panel makes of the sidecar, each of which it may take back. */
export class PanelRequests {
	readonly #sidecar: Ctx["sidecar"];
	readonly #allowed: AllowedRequests;
	readonly #underWay = new Map<number, vscode.CancellationTokenSource>();

	/** `names`: the requests that this panel may make. */
	constructor(sidecar: Ctx["sidecar"], names: readonly (keyof typeof requests)[]) {
		this.#sidecar = sidecar;
		this.#allowed = Object.fromEntries(names.map((name) => [name, requests[name]]));
	}

	/** Makes a request; never rejects. */
	async relay(request: PanelRequest): Promise<Answer> {
		const source = new vscode.CancellationTokenSource();
		this.#underWay.set(request.id, source);
		// The bridge has checked that the params fit the name.
		const ask = (name: keyof typeof requests, params: unknown) =>
			this.#sidecar.request(name, params as never, source.token);
		const told = await relayRequest(request, { allowed: this.#allowed, ask });
		this.#underWay.delete(request.id);
		source.dispose();
		return told;
	}

	cancel(id: number): void {
		this.#underWay.get(id)?.cancel();
	}

	/** Takes back all that is under way. */
	dispose(): void {
		for (const source of this.#underWay.values()) source.cancel();
	}
}
