/** The built attention panel in a browser, with this process in the place of the extension and the sidecar. */
import type { TestContext } from "node:test";
import { relayRequest } from "../../../extension/panels/bridge.ts";
import { attentionView, saliencyReport } from "../../../sidecar/inference/inspect/attentionReport.ts";
import type { LoadedModel } from "../../../sidecar/inference/loadedModel.ts";
import type { AttentionParams } from "../../../sidecar/protocol/inspect/attention.ts";
import type { SaliencyParams } from "../../../sidecar/protocol/inspect/saliency.ts";
import { requests } from "../../../sidecar/protocol/methods.ts";
import {
	type AttentionDocument,
	type AttentionToExtension,
	attentionRequests,
	attentionToExtensionSchema,
} from "../../../sidecar/protocol/panels/attention.ts";
import { openWebview, type WebviewPage } from "./webviewPage.ts";

export interface PlayedAttention extends WebviewPage {
	readonly heard: AttentionToExtension[];
	/** Requests of the sidecar that were answered, and the characters of their answers. */
	readonly answers: { readonly name: string; readonly params: unknown; readonly size: number }[];
}

export interface AttentionOptions {
	/** Shown first; null: nothing is open. */
	readonly document: AttentionDocument | null;
	/** Undefined: there is none, and the sidecar says so. */
	readonly model: LoadedModel | undefined;
	readonly size?: { readonly width: number; readonly height: number };
	/** Before each answer. */
	readonly delay?: () => Promise<void>;
}

const allowed = Object.fromEntries(attentionRequests.map((name) => [name, requests[name]]));
const cpu = { executionProvider: "cpu", threads: 2 } as const;

/** What a sidecar without a model says. */
const noModel = "There is no model in use. Train one, or choose one.";

export async function openAttention(context: TestContext, options: AttentionOptions): Promise<PlayedAttention> {
	const { document, model, size = { width: 1200, height: 860 }, delay } = options;
	const heard: AttentionToExtension[] = [];
	const answers: { name: string; params: unknown; size: number }[] = [];
	const ask = async (name: string, params: unknown): Promise<unknown> => {
		await delay?.();
		if (model === undefined) throw new Error(noModel);
		const named = { name: "small", model };
		const result =
			name === "inspectAttention"
				? await attentionView(named, params as AttentionParams, cpu)
				: await saliencyReport(named, params as SaliencyParams, cpu);
		answers.push({ name, params, size: JSON.stringify(result).length });
		return result;
	};
	const opened = await openWebview(context, {
		panel: "attention",
		size,
		hear: async (message, tell, kept) => {
			const said = attentionToExtensionSchema.parse(message);
			heard.push(said);
			if (said.kind === "ready") {
				await tell({ kind: "sidecar", state: "ready" });
				await tell(kept ? { kind: "goOn" } : { kind: "inspect", document });
			}
			if (said.kind === "open") await tell({ kind: "inspect", document });
			if (said.kind === "request") await tell(await relayRequest(said, { allowed, ask }));
			if (said.kind === "save") await tell({ kind: "result", id: said.id, result: { path: said.name } });
		},
	});
	return { ...opened, heard, answers };
}

/** A document as the extension tells it; `span` by default all of it. */
export function documentOf(
	text: string,
	{ name = "area.py", span = { start: 0, end: text.length }, around = null as number | null } = {},
): AttentionDocument {
	return { uri: `file:///code/${name}`, version: 1, name, path: `/code/${name}`, text, span, around };
}
