import assert from "node:assert/strict";
import { test } from "node:test";
import { closeTo } from "../../support/closeTo.ts";
import { useSoftwareVulkan } from "../../support/softwareVulkan.ts";
import { trainTiny } from "../../support/trainTiny.ts";

for (const architecture of ["bert", "roberta", "modernbert"] as const) {
	for (const optimizer of ["adamw", "muon"] as const) {
		test(`A tiny ${architecture} overfits one batch with ${optimizer}`, async () => {
			const losses = await trainTiny({ architecture, optimizer, steps: 60, executionProvider: "cpu" });
			assert.ok(losses[0]! > 2.5, `it starts at ${losses[0]}, which is not ignorance of 29 tokens`);
			assert.ok(losses.at(-1)! < 0.1, `it ends at ${losses.at(-1)}`);
		});
	}
}

for (const [architecture, optimizer] of [
	["bert", "adamw"],
	["modernbert", "muon"],
] as const) {
	const skip = useSoftwareVulkan();
	test(`Every operator of a ${architecture} step with ${optimizer} runs on WebGPU, to the CPU's losses`, {
		skip,
	}, async () => {
		const run = { architecture, optimizer, steps: 2 };
		const expected = await trainTiny({ ...run, executionProvider: "cpu" });
		closeTo(await trainTiny({ ...run, executionProvider: "webgpu" }), expected, 1e-4);
	});
}
