import protobuf from "protobufjs/minimal.js";
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

/** ModelProto of y = Identity(x) with free dimensions, by the field numbers of onnx.proto. */
function identityModel(dtype: DType, rank: number): Uint8Array {
	const elementType = { float32: 1, int32: 6, bool: 9 }[dtype];
	const value = (field: number, name: string): Uint8Array =>
		part(field, text(1, name), part(2, part(1, integer(1, elementType), part(2, ...dimensions(rank)))));
	const node = part(1, text(1, "x"), text(2, "y"), text(4, "Identity"));
	const graph = part(7, node, text(2, "identity"), value(11, "x"), value(12, "y"));
	return join(integer(1, 9), graph, part(8, text(1, ""), integer(2, 20)));
}

function dimensions(rank: number): Uint8Array[] {
	return Array.from({ length: rank }, (_, i) => part(1, text(2, `n${i}`)));
}

function integer(field: number, value: number): Uint8Array {
	return protobuf.Writer.create()
		.uint32(field * 8)
		.uint32(value)
		.finish();
}

function text(field: number, value: string): Uint8Array {
	return protobuf.Writer.create()
		.uint32(field * 8 + 2)
		.string(value)
		.finish();
}

function part(field: number, ...parts: Uint8Array[]): Uint8Array {
	return protobuf.Writer.create()
		.uint32(field * 8 + 2)
		.bytes(join(...parts))
		.finish();
}

function join(...parts: Uint8Array[]): Uint8Array {
	return Uint8Array.from(parts.flatMap((bytes) => [...bytes]));
}
