import { MaskwrightError } from "../../base/errors.ts";
import { isWhole, PartialFile } from "../../store/partialFile.ts";
import type { HubClient, HubResponse } from "./hubClient.ts";
import type { HubFile } from "./listing.ts";
import { fileAddress } from "./repository.ts";
import { TransientFailure, withRetries } from "./retries.ts";

export interface FileDownload {
	readonly file: HubFile;
	readonly commit: string;
	/** Where it is to stand. */
	readonly path: string;
	readonly waits: readonly number[];
	readonly signal: AbortSignal;
	/** Told how many bytes are there, each time that some have come. */
	readonly onReceived: (bytes: number) => void;
}

/**
 * Gets a file, going on where an earlier attempt stopped. It has its name only once its size and hash are those of the
 * listing. Throws `downloadInvalid` when they are not, `hubUnreachable`, `hubRefused`, `storage`, `interrupted`; but
 * for the first, what has arrived is kept.
 */
export async function downloadFile(client: HubClient, download: FileDownload): Promise<void> {
	const { file, path, onReceived } = download;
	if (await isWhole(path, file.identity)) return onReceived(file.identity.size);
	const resumed = await receive(client, download);
	if (resumed === "whole") return;
	// What an earlier attempt left may have been damaged on the disk since: once more from the first byte.
	if (resumed === "wrongAfterResume" && (await receive(client, download)) === "whole") return;
	throw invalid(file, "is not what the list of files says: its hash differs");
}

async function receive(client: HubClient, download: FileDownload): Promise<"whole" | "wrong" | "wrongAfterResume"> {
	const { file, path, waits, signal, onReceived } = download;
	const partial = await PartialFile.open(path, file.identity);
	const before = partial.received;
	try {
		onReceived(before);
		const what = `${file.name} of ${client.repository.id}`;
		await withRetries(() => receiveRest(client, { ...download, partial }), { what, waits, signal });
		if (await partial.finish()) return "whole";
		return before > 0 ? "wrongAfterResume" : "wrong";
	} finally {
		await partial.close();
	}
}

async function receiveRest(client: HubClient, download: FileDownload & { partial: PartialFile }): Promise<void> {
	const { file, commit, partial, signal, onReceived } = download;
	const { size } = file.identity;
	if (partial.received === size) return;
	const address = fileAddress(client.repository, { commit, name: file.name });
	const response = await client.get(address, { from: partial.received, signal });
	try {
		if (!continues(response, partial.received, size)) await partial.restart();
		if (response.status === 416) throw new TransientFailure("the server has another size of it");
		const announced = Number(response.headers["content-length"] ?? Number.NaN);
		if (announced > size - partial.received) throw await tooLarge(download);
		for await (const chunk of response.body) {
			if (partial.received + chunk.length > size) throw await tooLarge(download);
			await partial.append(chunk);
			onReceived(partial.received);
		}
	} finally {
		response.drop();
	}
	if (partial.received < size) throw new TransientFailure(`it was cut after ${partial.received} of ${size} bytes`);
}

/** Whether the answer goes on from where we are in a file of the size that we know. */
function continues({ status, headers }: HubResponse, from: number, size: number): boolean {
	if (from === 0) return status === 200;
	const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
	if (status !== 206) return false;
	if (Number(start) === from && (total === "*" || Number(total) === size)) return true;
	throw new TransientFailure("the server sent another part of it than was asked for");
}

async function tooLarge({ file, partial }: FileDownload & { partial: PartialFile }): Promise<MaskwrightError> {
	await partial.restart();
	return invalid(file, `has more than the ${file.identity.size} bytes that the list of files says`);
}

function invalid({ name }: HubFile, what: string): MaskwrightError {
	return new MaskwrightError(
		"downloadInvalid",
		`${name} ${what}. Nothing of it was kept; try again, or check the endpoint that is set.`,
	);
}
