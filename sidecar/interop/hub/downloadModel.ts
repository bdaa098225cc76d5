import { join } from "node:path";
import { isError, MaskwrightError } from "../../base/errors.ts";
import { keepArrived, makeDownloadFolder, removeDownloadFolder, requireSpace } from "../../store/downloads.ts";
import { downloadFile } from "./downloadFile.ts";
import type { HubClient } from "./hubClient.ts";
import type { DownloadPlan } from "./listing.ts";

export interface DownloadOptions<Model> {
	/** The user's folder; by default that of the environment. */
	readonly home?: string;
	readonly waits: readonly number[];
	readonly signal: AbortSignal;
	/** Told how many bytes of the whole are there. */
	readonly onProgress: (progress: { file: string; bytes: number; total: number }) => void;
	/** Throws for a model that cannot be used, from all files but the weights, so that these are not got in vain. */
	readonly check: (folder: string) => void;
	/** Makes something of the whole folder, which is then removed. */
	readonly take: (folder: string) => Promise<Model>;
}

/**
 * Gets the files of a plan one after another, and gives what `take` makes of their folder. What has arrived is kept
 * when something fails, and the next call goes on with it, unless the model itself is refused. Throws as
 * `downloadFile`, `check` and `take` do, and `wrongState` while another process downloads the same model.
 */
export async function downloadModel<Model>(
	client: HubClient,
	plan: DownloadPlan,
	options: DownloadOptions<Model>,
): Promise<Model> {
	const at = options.home === undefined ? {} : { home: options.home };
	const { folder, lock } = makeDownloadFolder(plan.repository, at);
	if (lock === undefined)
		throw new MaskwrightError(
			"wrongState",
			`${plan.repository} is being downloaded already. Wait for it, or end that download.`,
		);
	try {
		await downloadFiles(client, { plan, folder }, options);
		const model = await options.take(folder);
		removeDownloadFolder(folder);
		return model;
	} catch (error) {
		if (isError(error, "modelInvalid", "tokenizerInvalid")) removeDownloadFolder(folder);
		throw error;
	} finally {
		lock.release();
	}
}

async function downloadFiles(
	client: HubClient,
	{ plan, folder }: { plan: DownloadPlan; folder: string },
	{ waits, signal, onProgress, check }: DownloadOptions<unknown>,
): Promise<void> {
	keepArrived(
		folder,
		plan.files.map(({ name }) => name),
	);
	await requireSpace(folder, plan.bytes);
	let before = 0;
	let checked = false;
	for (const file of plan.files) {
		if (!checked && file.name.endsWith(".safetensors")) {
			check(folder);
			checked = true;
		}
		await downloadFile(client, {
			file,
			commit: plan.commit,
			path: join(folder, file.name),
			waits,
			signal,
			onReceived: (bytes) => onProgress({ file: file.name, bytes: before + bytes, total: plan.bytes }),
		});
		before += file.identity.size;
	}
}
