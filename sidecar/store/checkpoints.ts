import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isError, MaskwrightError } from "../base/errors.ts";
import { atStorage, removeLeftovers, writeFileSynced, writeFolderAtomic } from "./atomic.ts";
import { checkpointFiles, checkpointFolder, checkpointStep, runLayout } from "./layout.ts";
import { readRegularFile } from "./regularFile.ts";
import { decodeSafetensors, encodeSafetensors, type HostTensor } from "./safetensors.ts";

/** All that a run needs to go on: weights, optimizer state, and JSON (generators, data cursor, budget used). */
export interface CheckpointContent {
	readonly model: ReadonlyMap<string, HostTensor>;
	readonly optimizer: ReadonlyMap<string, HostTensor>;
	readonly state: unknown;
}

export interface Checkpoint extends CheckpointContent {
	readonly step: number;
	readonly path: string;
	/** Newer checkpoints that were passed over, newest first, each with its reason. */
	readonly skipped: readonly { readonly step: number; readonly why: string }[];
}

const manifestSchema = z.strictObject({
	format: z.literal(1),
	step: z.number().int().nonnegative(),
	files: z.record(z.string(), z.strictObject({ bytes: z.number().int().nonnegative(), sha256: z.string() })),
});

type Manifest = z.infer<typeof manifestSchema>;

/** Bytes of a manifest, of some 500, and of a state, of some thousands. */
const largestManifest = 1 << 16;
const largestState = 64 << 20;

const contentFiles = [checkpointFiles.model, checkpointFiles.optimizer, checkpointFiles.state];

/**
 * Writes the checkpoint of `step`, whole or not at all, bound by a manifest of SHA-256 hashes, and returns its
 * folder. The same content gives the same bytes. Throws `storage`, leaving earlier checkpoints as they were.
 */
export function writeCheckpoint(runFolder: string, step: number, content: CheckpointContent): string {
	const path = checkpointFolder(runFolder, step);
	removeLeftovers(runLayout(runFolder).checkpoints);
	writeFolderAtomic(path, (temporary) => {
		const files: Record<string, readonly Uint8Array[]> = {
			[checkpointFiles.model]: encodeSafetensors(content.model),
			[checkpointFiles.optimizer]: encodeSafetensors(content.optimizer),
			[checkpointFiles.state]: [Buffer.from(JSON.stringify(content.state))],
		};
		const manifest: Manifest = { format: 1, step, files: {} };
		for (const [name, chunks] of Object.entries(files)) {
			manifest.files[name] = describe(chunks);
			writeFileSynced(join(temporary, name), chunks);
		}
		writeFileSynced(join(temporary, checkpointFiles.manifest), JSON.stringify(manifest));
	});
	return path;
}

/**
 * The newest checkpoint whose bytes match its manifest, passing over torn and changed ones; undefined when the
 * run has no checkpoint at all. Throws `checkpointInvalid` when it has some and none is sound.
 */
export function latestCheckpoint(runFolder: string): Checkpoint | undefined {
	const skipped: { step: number; why: string }[] = [];
	for (const step of checkpointSteps(runFolder).reverse()) {
		try {
			return { ...readCheckpoint(runFolder, step), skipped };
		} catch (error) {
			if (!isError(error, "checkpointInvalid")) throw error;
			skipped.push({ step, why: error.message });
		}
	}
	if (skipped.length === 0) return undefined;
	throw new MaskwrightError(
		"checkpointInvalid",
		`No checkpoint of ${runFolder} is sound (${skipped.length} looked at). Start the run again; the first reason was: ${skipped[0]?.why}`,
		{ data: { skipped } },
	);
}

/** Reads and verifies one checkpoint. Throws `checkpointInvalid` when it is torn, changed or missing. */
export function readCheckpoint(runFolder: string, step: number): Checkpoint {
	const path = checkpointFolder(runFolder, step);
	const manifest = readManifest(path, step);
	const read = (name: string): Uint8Array<ArrayBuffer> => readVerified(path, name, manifest);
	const decode = (name: string): Map<string, HostTensor> =>
		orInvalid(path, `${name} cannot be decoded`, () => decodeSafetensors(read(name), join(path, name)));
	return {
		step,
		path,
		model: decode(checkpointFiles.model),
		optimizer: decode(checkpointFiles.optimizer),
		state: orInvalid(path, "its state is not JSON", () => parse(read(checkpointFiles.state))),
		skipped: [],
	};
}

/** The steps of the run's checkpoints, ascending; their bytes are not looked at. */
export function checkpointSteps(runFolder: string): number[] {
	try {
		return atStorage(runFolder, () => readdirSync(runLayout(runFolder).checkpoints))
			.map(checkpointStep)
			.filter((step) => step !== undefined)
			.sort((a, b) => a - b);
	} catch (error) {
		if (isError(error, "notFound")) return [];
		throw error;
	}
}

/**
 * Removes all but the `keep` newest checkpoints, those that the states of these refer to, and that of step 0, from
 * which a run can be repeated.
 */
export function pruneCheckpoints(
	runFolder: string,
	keep: number,
	refersTo: (state: unknown) => number | undefined = () => undefined,
): void {
	const steps = checkpointSteps(runFolder).filter((step) => step !== 0);
	const kept = steps.slice(-Math.max(1, keep));
	const needed = new Set([...kept, ...kept.map((step) => refersTo(readState(runFolder, step)))]);
	for (const step of steps) if (!needed.has(step)) removeCheckpoint(runFolder, step);
}

/** The state of a checkpoint that may be torn: undefined then. */
function readState(runFolder: string, step: number): unknown {
	const path = checkpointFolder(runFolder, step);
	try {
		return orInvalid(path, "its state is not JSON", () =>
			parse(readRegularFile(join(path, checkpointFiles.state), { mostBytes: largestState })),
		);
	} catch (error) {
		if (isError(error, "checkpointInvalid")) return undefined;
		throw error;
	}
}

/** Removes checkpoints after `step`, so that a run that went back does not meet its own later ones. */
export function removeCheckpointsAfter(runFolder: string, step: number): void {
	for (const later of checkpointSteps(runFolder).filter((other) => other > step)) removeCheckpoint(runFolder, later);
}

function removeCheckpoint(runFolder: string, step: number): void {
	const path = checkpointFolder(runFolder, step);
	// The manifest goes first: a removal that is cut off leaves a checkpoint that is seen to be torn.
	atStorage(path, () => {
		rmSync(join(path, checkpointFiles.manifest), { force: true });
		rmSync(path, { recursive: true, force: true });
	});
}

function readManifest(path: string, step: number): Manifest {
	const bytes = orInvalid(path, "its manifest is missing", () =>
		readRegularFile(join(path, checkpointFiles.manifest), { mostBytes: largestManifest }),
	);
	const manifest = orInvalid(path, "its manifest is damaged", () => manifestSchema.parse(parse(bytes)));
	// Written in one canonical form, so any changed byte shows.
	const canonical = Buffer.from(JSON.stringify(manifest)).equals(bytes);
	if (!canonical || manifest.step !== step) throw invalid(path, "its manifest is damaged");
	return manifest;
}

function readVerified(path: string, name: string, manifest: Manifest): Uint8Array<ArrayBuffer> {
	const expected = manifest.files[name];
	if (expected === undefined || Object.keys(manifest.files).length !== contentFiles.length) {
		throw invalid(path, "its manifest names other files");
	}
	const bytes = orInvalid(path, `${name} is missing or not as long as its manifest says`, () =>
		readRegularFile(join(path, name), { mostBytes: expected.bytes }),
	);
	if (bytes.length !== expected.bytes) {
		throw invalid(path, `${name} has ${bytes.length} bytes instead of ${expected.bytes}`);
	}
	if (describe([bytes]).sha256 !== expected.sha256) throw invalid(path, `${name} was changed after it was written`);
	return bytes;
}

function describe(chunks: readonly Uint8Array[]): { bytes: number; sha256: string } {
	const hash = createHash("sha256");
	for (const chunk of chunks) hash.update(chunk);
	return { bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0), sha256: hash.digest("hex") };
}

function parse(bytes: Uint8Array): unknown {
	return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
}

/** Runs `action`; a failure other than the disk's refusal means that the checkpoint is not sound. */
function orInvalid<T>(path: string, why: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (isError(error, "storage", "checkpointInvalid")) throw error;
		throw invalid(path, why, error);
	}
}

function invalid(path: string, why: string, cause?: unknown): MaskwrightError {
	return new MaskwrightError("checkpointInvalid", `The checkpoint ${path} cannot be used: ${why}.`, { cause });
}
