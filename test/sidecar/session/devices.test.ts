import assert from "node:assert/strict";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { adapterOf } from "../../../sidecar/session/adapter.ts";
import { type Candidate, chooseDevice } from "../../../sidecar/session/devices.ts";
import { probeDevice, worstDifference } from "../../../sidecar/session/probeDevice.ts";
import { executionProviders } from "../../../sidecar/session/session.ts";
import { softwareVulkan, useSoftwareVulkan } from "../../support/softwareVulkan.ts";

const linux = process.platform === "linux" && process.arch === "x64";
const skipElsewhere = linux
	? false
	: `Left out: its reasons are those of linux-x64, not ${process.platform}-${process.arch}.`;
const crash = new URL("../../support/crashingProbeChild.ts", import.meta.url);
const hang = new URL("../../support/hangingProbeChild.ts", import.meta.url);

test("asking for the CPU tries nothing else", async () => {
	const choice = await chooseDevice("cpu", { program: crash });
	assert.equal(choice.executionProvider, "cpu");
	assert.deepEqual(
		choice.candidates.map(({ device, available, reason }) => [device, available, reason]),
		executionProviders.map((device) =>
			device === "cpu"
				? [device, true, "The CPU can always be used."]
				: [device, false, "Not tried, since cpu was asked for."],
		),
	);
});

test("without a Vulkan driver auto takes the CPU and says why of each other", { skip: skipElsewhere }, async () => {
	const choice = await withEnvironment({ VK_ICD_FILENAMES: "/dev/null", VK_DRIVER_FILES: "/dev/null" }, () =>
		chooseDevice("auto"),
	);
	assert.equal(choice.executionProvider, "cpu");
	assertReasons(choice.candidates, {
		cuda: /CUDA library is not installed/,
		webgpu: /No GPU adapter was found.*Vulkan/,
		dml: /only on Windows/,
		coreml: /only on macOS/,
		cpu: /can always be used/,
	});
});

test("asking for a device that cannot be used is deviceUnavailable, with the reason", {
	skip: skipElsewhere,
}, async () => {
	await assert.rejects(
		chooseDevice("dml"),
		(error) =>
			isError(error, "deviceUnavailable") && /dml cannot be used. DirectML exists only on Windows/.test(error.message),
	);
});

test("a probe that crashes is a reason and not the end", { skip: skipElsewhere }, async () => {
	const { executionProvider, candidates } = await chooseDevice("auto", { program: crash });
	assert.equal(executionProvider, "cpu");
	assertReasons(candidates, { cuda: /driver of cuda crashed the probe process \(SIGABRT\)/, webgpu: /SIGABRT/ });
});

test("a probe that hangs is stopped at its time limit", { skip: skipElsewhere }, async () => {
	await assert.rejects(
		chooseDevice("webgpu", { program: hang, timeLimit: 300 }),
		(error) => isError(error, "deviceUnavailable") && /did not finish within 0.3 s/.test(error.message),
	);
});

test("auto passes over a software adapter, which may still be asked for", {
	skip: softwareVulkan.leftOut ?? false,
}, async () => {
	useSoftwareVulkan();
	const automatic = await chooseDevice("auto");
	assert.equal(automatic.executionProvider, "cpu");
	assertReasons(automatic.candidates, { webgpu: /SwiftShader is software and slower than the CPU/ });
	const asked = await chooseDevice("webgpu");
	assert.deepEqual([asked.executionProvider, asked.adapter], ["webgpu", "SwiftShader (software)"]);
});

test("the CPU agrees with itself in a probe", async () => {
	const result = await probeDevice("cpu");
	assert.ok(result.ok, JSON.stringify(result));
});

test("an adapter is named by its driver, and hardware comes before software", () => {
	assert.deepEqual(adapterOf(["/usr/lib/libc.so.6"]), undefined);
	assert.deepEqual(adapterOf(["/x/libvulkan_lvp.so", "/x/libGLX_nvidia.so.0"]), { name: "NVIDIA", software: false });
	assert.deepEqual(adapterOf(["/x/libvulkan_lvp.so"]), { name: "llvmpipe", software: true });
	assert.deepEqual(adapterOf(["C:\\Windows\\System32\\d3d10warp.dll"]), { name: "WARP", software: true });
});

test("the worst difference is relative to the largest element and shows what is not finite", () => {
	assert.equal(worstDifference([1, -4], [1, -2]), 1);
	assert.equal(worstDifference([0], [0]), 0);
	assert.ok(Number.isNaN(worstDifference([Number.NaN], [1])));
	assert.ok(Number.isNaN(worstDifference([1], [1, 2])));
});

function assertReasons(candidates: readonly Candidate[], patterns: Record<string, RegExp>): void {
	for (const { device, reason } of candidates) assert.match(reason, patterns[device] ?? /./);
}

async function withEnvironment<T>(variables: Record<string, string>, body: () => Promise<T>): Promise<T> {
	const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
	Object.assign(process.env, variables);
	try {
		return await body();
	} finally {
		for (const [name, value] of Object.entries(before)) {
			if (value === undefined) delete process.env[name];
			else process.env[name] = value;
		}
	}
}
