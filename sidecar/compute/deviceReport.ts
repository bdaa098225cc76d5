import type { DoctorReport } from "../protocol/outputs.ts";
import { chooseDevice } from "../session/devices.ts";
import { versions } from "../session/versions.ts";

/** Tries every device with a real training step. */
export async function reportDevices(): Promise<DoctorReport> {
	const { executionProvider, candidates } = await chooseDevice("auto", { probeAll: true });
	return {
		device: executionProvider,
		executionProvider,
		candidates: candidates.map(({ device, available, reason, adapter }) => ({
			device,
			available,
			reason,
			adapter: adapter ?? null,
		})),
		versions: Object.fromEntries(Object.entries(versions()).map(([name, value]) => [name, String(value)])),
	};
}
