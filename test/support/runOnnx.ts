import { InferenceSession, Tensor } from "onnxruntime-node";

/** Rows of token ids of any lengths; shorter ones are padded. */
export interface OnnxBatch {
	readonly rows: readonly (readonly number[])[];
	readonly padId: number;
}

/** Runs an exported graph with onnxruntime alone on one batch and gives its outputs by name. */
export async function runOnnx(
	session: InferenceSession,
	{ rows, padId }: OnnxBatch,
): Promise<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>> {
	const length = Math.max(...rows.map((row) => row.length));
	const ids = rows.flatMap((row) => [...row, ...new Array<number>(length - row.length).fill(padId)]);
	const mask = rows.flatMap((row) => Array.from({ length }, (_, at) => (at < row.length ? 1 : 0)));
	const feed = (values: readonly number[]): Tensor =>
		new Tensor("int64", BigInt64Array.from(values, BigInt), [rows.length, length]);
	const outputs = await session.run({ input_ids: feed(ids), attention_mask: feed(mask) });
	return Object.fromEntries(
		Object.entries(outputs).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
	);
}

/** Opens the bytes of a graph. */
export function openOnnx(bytes: Uint8Array): Promise<InferenceSession> {
	return InferenceSession.create(bytes, { intraOpNumThreads: 1 });
}
