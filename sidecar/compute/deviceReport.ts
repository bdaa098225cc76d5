import { isError } from "../base/errors.ts";
import type { DoctorReport } from "../protocol/outputs.ts";
import { requireDatabases } from "../search/index/database.ts";
import { chooseDevice } from "../session/devices.ts";
import { versions } from "../session/versions.ts";

/** Tries every device with a real training step, and tells what has no build for this platform. */
export async function reportDevices(): Promise<DoctorReport> {
	const missing: string[] = [];
	const orMissing = (error: unknown): undefined => {
		if (!isError(error, "unsupportedPlatform")) throw error;
		missing.push(error.message);
	};
	const choice = await chooseDevice("auto", { probeAll: true }).catch(orMissing);
	try {
		requireDatabases();
	} catch (error) {
		orMissing(error);
	}
	const device = choice?.executionProvider ?? "none";
	return {
		device,
		executionProvider: device,
		missing,
		candidates: (choice?.candidates ?? []).map(({ device, available, reason, adapter }) => ({
			device,
			available,
			reason,
			adapter: adapter ?? null,
		})),
		versions: Object.fromEntries(Object.entries(versions()).map(([name, value]) => [name, String(value)])),
	};
}
