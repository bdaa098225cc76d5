/** A model of the hub becomes a model of this user: the one part of Maskwright that uses the network. */
import { fromHuggingFaceConfig } from "../../model/huggingFace.ts";
import type { ImportReport } from "../../protocol/outputs.ts";
import { importModel } from "../importModel.ts";
import { configOf, openModelFolder } from "../modelFolder.ts";
import { type DownloadOptions, downloadModel } from "./downloadModel.ts";
import { type HubClient, hubClient } from "./hubClient.ts";
import { type DownloadPlan, planDownload } from "./listing.ts";
import { endpointOf, parseRepository } from "./repository.ts";
import { standardWaits } from "./retries.ts";

/** A model as a user names it. */
export interface HubModel {
	/** `OWNER/NAME`, or the address of its page. */
	readonly model: string;
	readonly revision?: string | undefined;
	/** By default that of the environment, else Hugging Face's. */
	readonly endpoint?: string | undefined;
	/** By default `HF_TOKEN`. */
	readonly token?: string | undefined;
}

export interface HubImport {
	/** Its name among the user's models; by default the repository's. */
	readonly name?: string;
	readonly home?: string;
	readonly signal: AbortSignal;
	/** Asked before anything but the list of files is got; false ends it. */
	readonly confirm: (plan: DownloadPlan) => Promise<boolean>;
	readonly onProgress: DownloadOptions<unknown>["onProgress"];
}

/**
 * Asks the hub what a model holds, asks the user, gets the files and imports them. Undefined when the user says no.
 * Throws as `planDownload`, `downloadModel` and `importModel` do.
 */
export async function importFromHub(model: HubModel, options: HubImport): Promise<ImportReport | undefined> {
	const { name, home, signal, confirm, onProgress } = options;
	const at = home === undefined ? {} : { home };
	const client = openHub(model);
	try {
		const waits = standardWaits;
		const plan = await planDownload(client, { waits, signal });
		if (!(await confirm(plan))) return undefined;
		return await downloadModel(client, plan, {
			...at,
			waits,
			signal,
			onProgress,
			check: (folder) => void fromHuggingFaceConfig(configOf(openModelFolder(folder))),
			take: (folder) =>
				importModel({ ...at, folder, signal, source: plan.repository, ...(name === undefined ? {} : { name }) }),
		});
	} finally {
		await client.close();
	}
}

/** What would be downloaded. Throws as `planDownload` does. */
export async function lookAtHub(model: HubModel, signal: AbortSignal): Promise<DownloadPlan> {
	const client = openHub(model);
	try {
		return await planDownload(client, { waits: standardWaits, signal });
	} finally {
		await client.close();
	}
}

function openHub({ model, revision, endpoint = endpointOf(process.env), token }: HubModel): HubClient {
	const repository = parseRepository(model, { endpoint, revision });
	const secret = token || process.env["HF_TOKEN"]?.trim() || undefined;
	return hubClient({ repository, env: process.env, ...(secret === undefined ? {} : { token: secret }) });
}
