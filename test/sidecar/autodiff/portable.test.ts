import assert from "node:assert/strict";
import { test } from "node:test";
import { measureTogether } from "../../support/gradientCheck.ts";
import { compositeSubjects, composites, operatorSubjects, opNames } from "../../support/gradientSubjects.ts";
import { useSoftwareVulkan } from "../../support/softwareVulkan.ts";

const skip = useSoftwareVulkan();

/** Operators that were measured to run on WebGPU with CPU fallback forbidden, in onnxruntime-node 1.30.0. */
const portable = new Set(
	`Abs Add And Cast Clip Concat Div Equal Erf Exp Expand Gather GatherElements Gelu Gemm Greater Identity
	LayerNormalization Log MatMul Max Min Mul Neg Not Pad Reciprocal ReduceMax ReduceMean ReduceSum Relu Reshape
	ScatterElements Sigmoid Slice Softmax Split Sqrt Sub Tanh Transpose Where`.split(/\s+/),
);

test("every operator of the table belongs to the portable set", () => {
	assert.deepEqual(
		opNames.filter((op) => !portable.has(op)),
		[],
	);
});

test("every operator, composite and gradient runs on WebGPU with CPU fallback forbidden", { skip }, async () => {
	const subjects = [...opNames.flatMap(operatorSubjects), ...Object.keys(composites).flatMap(compositeSubjects)];
	const worst = await measureTogether(subjects, { executionProvider: "webgpu", strict: true });
	assert.equal(worst.size, subjects.length);
	assert.deepEqual(
		[...worst].filter(([, error]) => !(error <= 1e-5)),
		[],
	);
});
