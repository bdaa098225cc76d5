import type { TestContext } from "node:test";
import { InferenceSession } from "onnxruntime-node";

/** What onnxruntime is given to make sessions of, until the test ends. */
export function engineCalls(test: Pick<TestContext, "after">): unknown[] {
	const given: unknown[] = [];
	const engine = InferenceSession as { create: (...args: unknown[]) => unknown };
	const { create } = engine;
	engine.create = (...args) => {
		given.push(args[0]);
		return create.apply(engine, args);
	};
	test.after(() => {
		engine.create = create;
	});
	return given;
}
