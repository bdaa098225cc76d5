/** The built masking inspector in a browser; masks are those that the sidecar's own code gives of a small model. */
import type { TestContext } from "node:test";
import { relayRequest } from "../../../extension/panels/bridge.ts";
import { maskingSchema } from "../../../sidecar/data/masking/config.ts";
import { masksReport } from "../../../sidecar/inference/inspect/masksReport.ts";
import type { LoadedModel } from "../../../sidecar/inference/loadedModel.ts";
import { describeRecipes } from "../../../sidecar/jobs/recipeChoice.ts";
import { type MasksParams, type MasksReport, masksParams } from "../../../sidecar/protocol/inspect/masks.ts";
import { requests } from "../../../sidecar/protocol/methods.ts";
import type { ModelDescriptions } from "../../../sidecar/protocol/outputs.ts";
import {
	maskingInspectorRequests,
	maskingInspectorToExtensionSchema,
} from "../../../sidecar/protocol/panels/maskingInspector.ts";
import { openWebview, type WebviewPage } from "./webviewPage.ts";

const allowed = Object.fromEntries(maskingInspectorRequests.map((name) => [name, requests[name]]));

interface Heard {
	readonly kind: string;
	readonly name?: string;
	readonly params?: unknown;
	readonly content?: string;
	readonly span?: { readonly start: number; readonly end: number };
}

export interface InspectorPage extends WebviewPage {
	readonly heard: Heard[];
	/** As the editor does when a text is opened or changed. */
	document(text: string | null, version?: number): Promise<void>;
	/** The reports asked for, in order. */
	readonly asked: () => MasksParams[];
}

export interface InspectorOptions {
	readonly text: string;
	readonly models: Readonly<Record<string, LoadedModel>>;
	/** Throws in place of an answer. */
	readonly failure?: (params: MasksParams) => Error | undefined;
	readonly width?: number;
}

/** Opens the panel on a text; the first model is the one in use. */
export async function openInspector(context: TestContext, options: InspectorOptions): Promise<InspectorPage> {
	const { text, models, failure, width = 1100 } = options;
	const heard: Heard[] = [];
	const document = (shown: string | null, version = 1) => ({
		kind: "document",
		document: shown === null ? null : { uri: "file:///area.py", name: "src/area.py", version, text: shown },
	});
	const ask = async (name: string, params: unknown): Promise<unknown> => {
		if (name === "listRecipes") return describeRecipes();
		if (name === "listModels") return Object.keys(models).map(modelEntry);
		const asked = masksParams.parse(params);
		const fault = failure?.(asked);
		if (fault !== undefined) throw fault;
		return await playedMasks(models, asked);
	};
	const opened = await openWebview(context, {
		panel: "maskingInspector",
		size: { width, height: 900 },
		hear: async (message, tell) => {
			const said = maskingInspectorToExtensionSchema.parse(message);
			heard.push(said as Heard);
			if (said.kind === "ready") {
				await tell({ kind: "sidecar", state: "ready" });
				await tell(document(text));
			}
			if (said.kind === "request") await tell(await relayRequest(said, { allowed, ask }));
			if (said.kind === "save") await tell({ kind: "result", id: said.id, result: { path: said.name } });
		},
	});
	return {
		...opened,
		heard,
		document: (shown, version = 2) => opened.tell(document(shown, version)),
		asked: () => heard.filter(({ name }) => name === "inspectMasks").map(({ params }) => masksParams.parse(params)),
	};
}

function modelEntry(name: string): ModelDescriptions[number] {
	const facts = { architecture: "modernbert", parameters: 1e5, bytes: 4e5, boxed: false };
	return { name, path: `/models/${name}`, ...facts, roles: ["completion"], scores: null, adapter: null };
}

const smallGraph = {
	shape: { textLength: 112, nodes: 16, commentTokens: 8 },
	attention: "graph",
	structure: { edges: 0.3, alignments: 0.3 },
} as const;

const objectives: Readonly<Record<string, MasksReport["objective"]>> = {
	"code-search": "codeSearch",
	graphcodebert: "graphCodeBert",
	electra: "replacedTokenDetection",
};

async function playedMasks(models: Readonly<Record<string, LoadedModel>>, params: MasksParams) {
	const { text, path, range, strategy, rate, seed, epoch, predict, compare, top } = params;
	const [first] = Object.keys(models) as [string];
	const named = (path: string | undefined) => (path === undefined ? first : path.replace("/models/", ""));
	const masking = maskingSchema.parse({
		strategies:
			strategy === undefined
				? [{ name: "random" }, { name: "wholeWord" }, { name: "span" }, { name: "identifier" }]
				: [{ name: strategy }],
		rate: rate ?? 0.3,
	});
	const names = [named(params.model), ...(compare === undefined ? [] : [named(compare)])];
	const asked = predict ? names.map((name) => ({ name, model: models[name] as LoadedModel })) : [];
	const recipe = params.recipe ?? "code-mlm-small";
	const packing = { packing: "isolated", sequenceLength: 128 } as const;
	return masksReport(
		{
			text,
			path,
			range,
			recipe,
			masking: recipe === "code-search" ? null : masking,
			objective: objectives[recipe] ?? "maskedLm",
			causalShare: recipe === "biphasic" ? 0.25 : 0,
			...packing,
			...(recipe === "graphcodebert" ? { graph: smallGraph } : {}),
			seed: seed ?? 1,
			epoch,
			top,
		},
		{ model: models[names[0] as string] as LoadedModel, asked, open: { executionProvider: "cpu", threads: 1 } },
	);
}
