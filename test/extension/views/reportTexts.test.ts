import assert from "node:assert/strict";
import { test } from "node:test";
import { doctorText } from "../../../extension/views/reportTexts.ts";
import type { DoctorReport } from "../../../sidecar/protocol/outputs.ts";
import { english } from "../../support/englishTexts.ts";

test("the doctor names the execution provider only where it is not the device itself", () => {
	const report: DoctorReport = { device: "cpu", executionProvider: "cpu", candidates: [], versions: {} };
	assert.ok(doctorText(report, english).includes("computes on **cpu**."));
	const other = doctorText({ ...report, device: "gpu", executionProvider: "cuda" }, english);
	assert.ok(other.includes("computes on **gpu** (cuda)."));
});
