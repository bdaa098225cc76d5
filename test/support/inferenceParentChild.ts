/** Fills once, tells the process id of the inference process, and waits: what a killed sidecar leaves is looked at. */
import { createInference } from "../../sidecar/compute/startInference.ts";

const inference = createInference({ log: () => {} });
await inference.fill("x = [MASK]", { top: 1, signal: new AbortController().signal });
process.send!(inference.status().pid);
setInterval(() => {}, 1000);
