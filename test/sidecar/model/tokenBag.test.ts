import { test } from "node:test";
import { compile } from "../../../sidecar/autodiff/compile.ts";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import { embeddingSpecs, rowFeeds, vectorGraph } from "../../../sidecar/inference/vectorizer.ts";
import { encoderConfigSchema } from "../../../sidecar/model/config.ts";
import { unitRows } from "../../../sidecar/model/pooling.ts";
import { bagRows } from "../../../sidecar/model/tokenBag.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../sidecar/session/tensor.ts";
import { closeTo } from "../../support/closeTo.ts";

for (const pooling of ["mean", "weighted"] as const) {
	test(`bags of tokens have the vectors of their rows without layers (${pooling} pooling)`, async () => {
		const config = encoderConfigSchema.parse({
			architecture: "modernbert",
			layers: 0,
			hiddenSize: 8,
			heads: 2,
			intermediateSize: 8,
			maxPositions: 8,
			vocabularySize: 10,
			paddingId: 1,
		});
		const specs = embeddingSpecs(config, pooling);
		const graph = new Graph();
		const parameters = new Map(specs.map(({ name, shape }) => [name, graph.input(name, shape)]));
		const shape = { prefix: "", rows: 2, length: 6 };
		const rows = vectorGraph(parameters, { ...shape, graph, config });
		const distinct = graph.input("distinct", [4], "int32");
		const [bags] = bagRows(config, parameters, { distinct, counts: [graph.input("counts", [2, 4])] });
		const session = await openSession(compile({ rows, bags: unitRows(bags!) }).model, {
			executionProvider: "cpu",
			threads: 1,
		});
		const state = specs.map(({ name, shape: sides }, stream) => {
			const random = createRandom(4, stream);
			const size = sides.reduce((product, side) => product * side, 1);
			return [
				name,
				tensor(
					Float32Array.from({ length: size }, () => 1 + random.normal()),
					sides,
				),
			] as const;
		});
		const ids = [Int32Array.of(7, 3, 7, 9), Int32Array.of(3, 3, 3, 5, 9, 3)];
		const outputs = await session.run({
			...Object.fromEntries(state),
			...rowFeeds(ids, { ...shape, repeatDamping: 0 }),
			distinct: tensor(Int32Array.of(3, 5, 7, 9), [4]),
			counts: tensor(Float32Array.of(1, 0, 2, 1, 4, 1, 0, 1), [2, 4]),
		});
		closeTo(floats(outputs["bags"]!), floats(outputs["rows"]!), 1e-6);
		await session.release();
	});
}
