import { MaskwrightError } from "../base/errors.ts";

export interface EngineContext {
	readonly doing: "open" | "run";
	readonly executionProvider: string;
}

/** Turns an error of onnxruntime into ours, with the original as `cause`; an error of ours passes through. */
export function translateEngineError(error: unknown, context: EngineContext): MaskwrightError {
	if (error instanceof MaskwrightError) return error;
	const text = error instanceof Error ? error.message : String(error);
	const where = context.executionProvider === "cpu" ? "The machine" : `The device (${context.executionProvider})`;
	if (outOfMemoryTexts.some((pattern) => pattern.test(text))) {
		return new MaskwrightError(
			"outOfMemory",
			`${where} ran out of memory. Use a smaller batch, a shorter sequence or a smaller model. (onnxruntime: ${brief(text)})`,
			{ cause: error },
		);
	}
	if (context.doing === "run") {
		return new MaskwrightError(
			"internal",
			`A run on ${context.executionProvider} failed. (onnxruntime: ${brief(text)})`,
			{
				cause: error,
			},
		);
	}
	if (context.executionProvider !== "cpu" && !modelTexts.some((pattern) => pattern.test(text))) {
		return new MaskwrightError(
			"deviceUnavailable",
			`${context.executionProvider} could not be started. Choose --device cpu or auto. (onnxruntime: ${brief(text)})`,
			{ cause: error },
		);
	}
	return new MaskwrightError("modelInvalid", `onnxruntime refuses the model. (onnxruntime: ${brief(text)})`, {
		cause: error,
	});
}

/** What onnxruntime 1.30.0, Dawn, CUDA, DirectX and Node say when memory, or the size of one buffer, is exhausted. */
const outOfMemoryTexts = [
	/bad_alloc/i,
	/failed to allocate/i,
	/out[ _]?of[ _]?memory/i,
	/ALLOC_FAILED/,
	/array buffer allocation failed/i,
	/integer overflow/i, // of a tensor's size
	/device (is |was )?lost|DEVICE_REMOVED/i,
	/buffer size .* exceeds the max buffer size/i,
	/is larger than the maximum .*binding size/i,
	/\[Invalid Buffer/, // Dawn's name for a buffer that it could not make
];

/** What onnxruntime says when the model, not the device, is at fault. */
const modelTexts = [
	/protobuf parsing failed/i,
	/INVALID_GRAPH|INVALID_PROTOBUF|NO_MODEL|fail: Load model|This is an invalid model/i,
	/has been explicitly disabled|fallback to CPU EP/i,
	/NOT_IMPLEMENTED|Could not find an implementation|opset/i,
];

/** The first line, without the failed condition and the paths of the machine that onnxruntime was built on. */
export function brief(text: string): string {
	const line = (text.split("\n")[0] ?? "").replace(/^.* was false\. /, "").replace(/\/\S*\/(?=[\w.]+:\d+)/g, "");
	return line.length > 300 ? `${line.slice(0, 300)}...` : line.trim();
}
