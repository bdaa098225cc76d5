/** Runs a session into given tensors again and again; prints by how many bytes buffers grew at most, and the last element. */
import { compile } from "../../sidecar/autodiff/compile.ts";
import { add } from "../../sidecar/autodiff/functions.ts";
import { Graph } from "../../sidecar/autodiff/graph.ts";
import { openSession } from "../../sidecar/session/session.ts";
import { floats, tensor } from "../../sidecar/session/tensor.ts";

const size = 2 ** 21; // 8 MB
const graph = new Graph();
const { model } = compile({ y: add(graph.input("x", [size]), 1) });
const session = await openSession(model, { executionProvider: "cpu", threads: 1 });
const turns = [tensor(new Float32Array(size), [size]), tensor(new Float32Array(size), [size])] as const;
const before = process.memoryUsage().arrayBuffers;
let most = 0;
for (let run = 0; run < 7; run++) {
	await session.run({ x: turns[run % 2]! }, { into: { y: turns[(run + 1) % 2]! } });
	most = Math.max(most, process.memoryUsage().arrayBuffers - before);
}
console.log(JSON.stringify({ most, last: floats(turns[1])[size - 1] }));
await session.release();
