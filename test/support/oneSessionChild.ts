/** Opens, runs and releases one session on the CPU. */
import { openSession } from "../../sidecar/session/session.ts";
import { tensor } from "../../sidecar/session/tensor.ts";
import { oneOperator } from "./tinyModel.ts";

const session = await openSession(oneOperator("Neg", [1]), { executionProvider: "cpu" });
await session.run({ a: tensor(Float32Array.of(1), [1]) });
await session.release();
