import { isMainThread } from "node:worker_threads";
import type { Tensor as EngineValue, InferenceSession } from "onnxruntime-node";
import { invariant, MaskwrightError } from "../base/errors.ts";
import { scanModel } from "../onnx/scanModel.ts";
import { engine } from "./engine.ts";
import { translateEngineError } from "./engineErrors.ts";
import { freeCopy } from "./freeCopy.ts";
import { int8SumsOverflow } from "./int8Sums.ts";
import { outputNames } from "./outputNames.ts";
import { type DType, dtypeNamed, HeldTensor, held, type Tensor } from "./tensor.ts";

/** The back ends of onnxruntime that we may ask for. */
export const executionProviders = ["cuda", "webgpu", "dml", "coreml", "cpu"] as const;
export type ExecutionProvider = (typeof executionProviders)[number];

/** An input or output of a model; a string in the shape is a dimension that is free at run time. */
export interface ValueDescription {
	readonly dtype: DType;
	readonly shape: readonly (number | string)[];
}

export interface SessionOptions {
	readonly executionProvider: ExecutionProvider;
	/** Threads inside one operator on the CPU; by default as many as there are physical cores. */
	readonly threads?: number;
	/** Which outputs stay in the device's memory. Only webgpu can keep any; elsewhere all outputs come to the CPU. */
	readonly onDevice?: (outputName: string) => boolean;
	/** Refuse the model when an operator would silently run on the CPU instead of the device. */
	readonly strict?: boolean;
	/** Whether the model multiplies 8-bit integers, whose sums need care on some processors. */
	readonly int8?: boolean;
}

// onnxruntime 1.30.0 reports the names and hashes of graphs to its maker, and writes a device id to the disk, unless
// this stands in the process's environment before the first session. A worker thread cannot set it.
const telemetryIsOff = isMainThread || process.env["ORT_DISABLE_TELEMETRY"] === "1";
process.env["ORT_DISABLE_TELEMETRY"] = "1";

/**
 * Loads a model from its bytes, after a scan: loaded by path, onnxruntime 1.30.0 would read
 * other files that a hostile model names. Throws `modelInvalid` when the scan or onnxruntime refuses it,
 * `deviceUnavailable` when the execution provider cannot start, `outOfMemory`, and `unsupportedPlatform` where there is
 * no onnxruntime.
 */
export async function openSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
	invariant(telemetryIsOff, "a worker thread opened a session before the main thread loaded the session room.");
	invariant(
		isMainThread || options.executionProvider === "cpu",
		"a worker thread opened a session on a device; a device that two threads use crashes the process.",
	);
	invariant(model instanceof Uint8Array, "a session was to be opened of something else than the bytes of a model.");
	const onDevice = options.executionProvider === "webgpu" ? options.onDevice : undefined;
	const strict = options.strict === true && options.executionProvider !== "cpu";
	scanModel(model);
	const wide = options.int8 === true && (await int8SumsOverflow());
	try {
		const session = await engine().InferenceSession.create(model, {
			executionProviders: [options.executionProvider],
			interOpNumThreads: 1,
			executionMode: "sequential",
			enableCpuMemArena: true, // a step is 25% slower without it
			logSeverityLevel: 4,
			extra: {
				session: {
					use_deterministic_compute: "1",
					set_denormal_as_zero: "1", // a forbidden score's share is exactly 0, and no product with one takes the slow path
					...(wide ? { x64quantprecision: "1" } : {}),
					...(strict ? { disable_cpu_ep_fallback: "1" } : {}),
				},
			},
			...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
			...(onDevice === undefined ? {} : { preferredOutputLocation: outputLocations(model, onDevice) }),
		});
		return new Session(session, options.executionProvider);
	} catch (error) {
		throw translateEngineError(error, { doing: "open", executionProvider: options.executionProvider });
	}
}

/**
 * A model ready to run. Runs are queued: a second call waits for the first.
 * Device tensors it made die with it, at `release`.
 */
export class Session {
	readonly executionProvider: ExecutionProvider;
	readonly inputs: ReadonlyMap<string, ValueDescription>;
	readonly outputs: ReadonlyMap<string, ValueDescription>;
	#engine: InferenceSession;
	#deviceTensors = new Set<HeldTensor>();
	#queue: Promise<unknown> = Promise.resolve();
	#released = false;

	constructor(engine: InferenceSession, executionProvider: ExecutionProvider) {
		this.#engine = engine;
		this.executionProvider = executionProvider;
		this.inputs = describe(engine.inputMetadata);
		this.outputs = describe(engine.outputMetadata);
	}

	/**
	 * Runs the model once on a tensor for every input and gives every output; feeds that
	 * are no input are ignored. `into` names CPU tensors that receive outputs in place.
	 * Throws `tensorMisuse` for a tensor that does not fit, `outOfMemory`.
	 */
	async run(feeds: Readonly<Record<string, Tensor>>, options: RunOptions = {}): Promise<Record<string, Tensor>> {
		this.#requireOpen();
		const lent: HeldTensor[] = [];
		try {
			const values: Record<string, EngineValue> = {};
			for (const [name, description] of this.inputs) {
				values[name] = this.#lend(held(feeds[name], name), name, description, lent);
			}
			const fetches: Record<string, EngineValue | null> = {};
			for (const [name, description] of this.outputs) {
				const target = options.into?.[name];
				fetches[name] = target === undefined ? null : this.#lendTarget(held(target, name), name, description, lent);
			}
			const turn = this.#queue.then(() => this.#engine.run(values, fetches));
			this.#queue = turn.catch(() => {});
			return this.#hold(await turn, options.into ?? {});
		} catch (error) {
			throw translateEngineError(error, { doing: "run", executionProvider: this.executionProvider });
		} finally {
			for (const tensor of lent) tensor.giveBack();
		}
	}

	/** How many device tensors that this session made are not yet disposed of; a loop that leaks shows here. */
	get deviceTensorCount(): number {
		return this.#deviceTensors.size;
	}

	/** Waits for the runs under way, then frees the model and every device tensor it made. A second call does nothing. */
	async release(): Promise<void> {
		if (this.#released) return;
		this.#released = true;
		await this.#queue;
		// Disposing of a device tensor after its session was released kills the process (SIGSEGV), so all go first.
		for (const tensor of this.#deviceTensors) tensor.orphan();
		this.#deviceTensors.clear();
		await this.#engine.release();
	}

	/** Drops a disposed device tensor from the list of those that die with the session. */
	forget(tensor: HeldTensor): void {
		this.#deviceTensors.delete(tensor);
	}

	#requireOpen(): void {
		if (!this.#released) return;
		throw new MaskwrightError("tensorMisuse", "A session was run after its release. Open the model again.");
	}

	#lend(tensor: HeldTensor, name: string, description: ValueDescription, lent: HeldTensor[]): EngineValue {
		tensor.requireLive("used");
		const from = tensor.owner?.executionProvider;
		if (tensor.location === "device" && from !== this.executionProvider) {
			// The CPU provider would silently read zeros.
			throw new MaskwrightError(
				"tensorMisuse",
				`The tensor fed as "${name}" is in the memory of ${from}, but the session runs on ${this.executionProvider}. Await download(tensor) and feed the copy.`,
			);
		}
		requireFit(tensor, name, description);
		const value = tensor.lend();
		lent.push(tensor);
		return value;
	}

	#lendTarget(tensor: HeldTensor, name: string, description: ValueDescription, lent: HeldTensor[]): EngineValue {
		if (tensor.location === "device" || lent.includes(tensor)) {
			throw new MaskwrightError(
				"tensorMisuse",
				`The tensor to receive "${name}" is ${tensor.location === "device" ? "on a device" : "also used elsewhere in the same run"}. Pass a CPU tensor of its own.`,
			);
		}
		requireFit(tensor, name, description);
		const value = tensor.lend();
		lent.push(tensor);
		return value;
	}

	#hold(values: Readonly<Record<string, EngineValue>>, into: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
		const outputs: Record<string, Tensor> = {};
		for (const [name, value] of Object.entries(values)) {
			const target = into[name];
			if (target !== undefined) freeCopy(value, target.data); // onnxruntime-node 1.30.0 gives a copy of what it filled
			const tensor = target ?? new HeldTensor(value, this);
			if (tensor instanceof HeldTensor && tensor.location === "device") this.#deviceTensors.add(tensor);
			outputs[name] = tensor;
		}
		return outputs;
	}
}

export interface RunOptions {
	/** CPU tensors that receive outputs in place, by output name, so that a loop allocates nothing. */
	readonly into?: Readonly<Record<string, Tensor>>;
}

/** Throws `tensorMisuse` unless the tensor has the type and the fixed dimensions that the model states. */
function requireFit(tensor: HeldTensor, name: string, description: ValueDescription): void {
	const { dtype, shape } = description;
	const fits =
		shape.length === tensor.shape.length && shape.every((n, i) => typeof n === "string" || n === tensor.shape[i]);
	if (dtype === tensor.dtype && fits) return;
	throw new MaskwrightError(
		"tensorMisuse",
		`"${name}" is ${dtype} [${shape}] in the model, but the tensor given for it is ${tensor.dtype} [${tensor.shape}].`,
	);
}

function describe(metadata: readonly InferenceSession.ValueMetadata[]): Map<string, ValueDescription> {
	const values = new Map<string, ValueDescription>();
	for (const value of metadata) {
		if (!value.isTensor) {
			throw new MaskwrightError("modelInvalid", `The model's input or output "${value.name}" is not a tensor.`);
		}
		values.set(value.name, { dtype: dtypeNamed(value.type), shape: value.shape });
	}
	return values;
}

/** The binding takes only the names that the object itself lists. */
function outputLocations(
	model: Uint8Array,
	onDevice: (outputName: string) => boolean,
): Readonly<Record<string, "gpu-buffer" | "cpu">> {
	return Object.fromEntries(outputNames(model).map((name) => [name, onDevice(name) ? "gpu-buffer" : "cpu"]));
}
