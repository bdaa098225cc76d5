import assert from "node:assert/strict";
import { test } from "node:test";
import { doctorText } from "../../../extension/views/reportTexts.ts";
import type { DoctorReport } from "../../../sidecar/protocol/outputs.ts";
import { english } from "../../support/englishTexts.ts";

test("the doctor names the execution provider only where it is not the device itself", () => {
	const report: DoctorReport = { device: "cpu", executionProvider: "cpu", missing: [], candidates: [], versions: {} };
	assert.ok(doctorText(report, english).includes("computes on **cpu**."));
	const other = doctorText({ ...report, device: "gpu", executionProvider: "cuda" }, english);
	assert.ok(other.includes("computes on **gpu** (cuda)."));
});

test("the doctor says what has no build for this platform", () => {
	const report = { device: "none", executionProvider: "none", missing: ["No build."], candidates: [], versions: {} };
	const text = doctorText(report, english);
	assert.match(text, /No model can run on this machine\.\n\nNo build/);
	assert.ok(!text.includes("computes on"));
});

test("the doctor says of the device that is taken that it is, and of another why not", () => {
	const [cpu, cuda] = ["cpu", "cuda"].map((device) => ({
		device,
		available: true,
		reason: `On ${device}`,
		adapter: null,
	}));
	assert.ok(cpu !== undefined && cuda !== undefined);
	const report = { device: "cpu", executionProvider: "cpu", missing: [], candidates: [cuda, cpu], versions: {} };
	const text = doctorText(report, english);
	assert.ok(text.includes("| cuda | yes | On cuda |"));
	assert.ok(text.includes("| cpu | yes | taken |"));
});
