/** Writes checkpoints and a file without end; the test kills it at some point and reads what is there. */
import { join } from "node:path";
import { writeFileAtomic } from "../../../sidecar/store/atomic.ts";
import { writeCheckpoint } from "../../../sidecar/store/checkpoints.ts";
import { openMetrics } from "../../../sidecar/store/metrics.ts";
import { saveModel } from "../../../sidecar/store/modelFolder.ts";

const folder = process.argv[2] as string;
const metrics = openMetrics(folder);
for (let step = Number(process.argv[3]); ; step++) {
	const tensors = new Map([["w", { data: new Float32Array(50_000).fill(step), shape: [50_000] }]]);
	metrics.append({ event: "step", step });
	writeCheckpoint(folder, step, { model: tensors, optimizer: tensors, state: { step } });
	writeFileAtomic(join(folder, "recipe.json"), JSON.stringify({ step, filling: "x".repeat(100_000) }));
	saveModel(join(folder, "model"), { config: { step }, tensors, tokenizer: {} });
	process.stdout.write(`${step}\n`);
}
