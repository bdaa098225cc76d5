import { encodeModel } from "../onnx/encodeModel.ts";
import { openSession, type Session } from "./session.ts";
import { type DType, HeldTensor, type Tensor } from "./tensor.ts";

/**
 * A copy on the CPU of a device tensor, made by a model that is one Identity, since reading
 * a device tensor in place ends the process. A CPU tensor is returned as it is. Throws
 * `tensorMisuse` for a tensor that is gone, `outOfMemory`.
 */
export async function download(tensor: Tensor): Promise<Tensor> {
	if (!(tensor instanceof HeldTensor) || tensor.location === "cpu") return tensor;
	tensor.requireLive("used");
	const session = await identitySession(tensor);
	const outputs = await session.run({ x: tensor });
	return outputs["y"]!;
}

const sessions = new Map<string, Promise<Session>>();

/** One session for each element type and rank, kept for the life of the process. */
function identitySession(tensor: HeldTensor): Promise<Session> {
	const key = `${tensor.dtype} ${tensor.shape.length}`;
	let session = sessions.get(key);
	if (session === undefined) {
		session = openSession(identityModel(tensor.dtype, tensor.shape.length), { executionProvider: "webgpu" });
		sessions.set(key, session);
	}
	return session;
}

function identityModel(dtype: DType, rank: number): Uint8Array {
	const shape = Array.from({ length: rank }, (_, axis) => `size${axis}`);
	return encodeModel({
		name: "download",
		nodes: [{ name: "copy", op: "Identity", inputs: ["x"], outputs: ["y"] }],
		initializers: [],
		inputs: [{ name: "x", dtype, shape }],
		outputs: [{ name: "y", dtype, shape }],
	});
}
