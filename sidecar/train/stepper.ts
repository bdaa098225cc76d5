import { isError } from "../base/errors.ts";
import { type ExecutionProvider, openSession, type Session } from "../session/session.ts";
import { floats, type Tensor, tensor } from "../session/tensor.ts";
import type { ModelState } from "./modelState.ts";
import { accumulateStep, fusedStep, type StepSpec, stepNames, updateStep } from "./stepGraph.ts";
import type { TaskBatch } from "./tasks/trainingTask.ts";

/** What one step gave; nothing has changed until it is taken. */
export interface StepResult {
	readonly loss: number;
	readonly gradientNorm: number;
	readonly next: ModelState;
}

export interface StepperOptions {
	/** The step; a batch is divided into as many parts as there are micro-batches. */
	readonly spec: StepSpec;
	readonly microBatches: number;
	/** The values of the step's frozen parameters. */
	readonly frozen?: ReadonlyMap<string, Tensor>;
	readonly executionProvider: ExecutionProvider;
	readonly threads: number;
	/** Told of the new rows per micro-batch when memory ran out and it was halved. */
	readonly onHalved?: (rows: number) => void;
}

/**
 * Runs optimizer steps. The batch stays what it is whatever the number of micro-batches:
 * when memory runs out, the micro-batch is halved and the step is run again.
 */
export class Stepper {
	#options: StepperOptions;
	#microBatches: number;
	#sessions: Sessions | undefined;
	/** CPU buffers of the state before the last one, written again by the next step. */
	#spare: ModelState | undefined;

	constructor(options: StepperOptions) {
		this.#options = options;
		this.#microBatches = options.microBatches;
	}

	get microBatches(): number {
		return this.#microBatches;
	}

	/** Computes a step from `state`, which stays as it is; throws `outOfMemory` when one row is too much. */
	async run(state: ModelState, batch: TaskBatch, hyper: Readonly<Record<string, number>>): Promise<StepResult> {
		for (;;) {
			try {
				this.#sessions ??= await openSessions(this.#options, this.#microBatches);
				const spare = this.#spare;
				this.#spare = undefined;
				const { spec, frozen = new Map() } = this.#options;
				const microBatches = this.#microBatches;
				return await runStep(this.#sessions, { spec, frozen, state, batch, hyper, spare, microBatches });
			} catch (error) {
				if (!isError(error, "outOfMemory") || !this.#halve()) throw error;
				await this.#close();
			}
		}
	}

	/** Takes a result as the new state and gives back the memory of the old one. */
	take(result: StepResult, old: ModelState): ModelState {
		if ([...old.values()].some((value) => value.location === "device"))
			for (const value of old.values()) value.dispose();
		else this.#spare = old;
		return result.next;
	}

	async release(): Promise<void> {
		await this.#close();
		this.#spare = undefined;
	}

	#halve(): boolean {
		const rows = this.#options.spec.task.rows / this.#microBatches;
		if (rows < 2 || rows % 2 !== 0) return false;
		this.#microBatches *= 2;
		this.#options.onHalved?.(rows / 2);
		return true;
	}

	async #close(): Promise<void> {
		const sessions = this.#sessions;
		this.#sessions = undefined;
		if (sessions === undefined) return;
		for (const session of [sessions.fused, sessions.accumulate, sessions.update]) await session?.release();
	}
}

interface Sessions {
	readonly fused: Session | undefined;
	readonly accumulate: Session | undefined;
	readonly update: Session | undefined;
}

interface StepInputs {
	readonly spec: StepSpec;
	readonly frozen: ReadonlyMap<string, Tensor>;
	readonly state: ModelState;
	readonly batch: TaskBatch;
	readonly hyper: Readonly<Record<string, number>>;
	readonly spare: ModelState | undefined;
	readonly microBatches: number;
}

async function openSessions(options: StepperOptions, microBatches: number): Promise<Sessions> {
	const { spec, executionProvider, threads } = options;
	const onDevice = (name: string): boolean => name !== stepNames.loss && name !== stepNames.gradientNorm;
	const open = (model: Uint8Array): Promise<Session> => openSession(model, { executionProvider, threads, onDevice });
	if (microBatches === 1) {
		return { fused: await open(fusedStep(spec).model), accumulate: undefined, update: undefined };
	}
	const accumulate = await open(accumulateStep(spec, microBatches).model);
	return { fused: undefined, accumulate, update: await open(updateStep(spec).model) };
}

async function runStep(sessions: Sessions, inputs: StepInputs): Promise<StepResult> {
	const hyper = Object.fromEntries(
		Object.entries(inputs.hyper).map(([name, value]) => [stepNames.hyper(name), tensor(new Float32Array([value]), [])]),
	);
	const state = Object.fromEntries([...inputs.frozen, ...inputs.state]);
	if (sessions.fused !== undefined) {
		const feeds = { ...state, ...hyper, ...inputs.batch.feeds(0, 1) };
		return collect(await sessions.fused.run(feeds, intoSpare(inputs.spare)), undefined);
	}
	const { sums, loss } = await accumulate(sessions, inputs);
	const outputs = await sessions.update!.run({ ...state, ...hyper, ...sums }, intoSpare(inputs.spare));
	for (const sum of Object.values(sums)) sum.dispose();
	return collect(outputs, loss);
}

async function accumulate(
	sessions: Sessions,
	{ spec, frozen, state, batch, microBatches }: StepInputs,
): Promise<{ sums: Record<string, Tensor>; loss: number }> {
	let sums: Record<string, Tensor> = {};
	for (const { name, shape } of spec.parameters) {
		const size = shape.reduce((product, length) => product * length, 1);
		sums[stepNames.gradient(name)] = tensor(new Float32Array(size), shape);
	}
	let loss = 0;
	for (let part = 0; part < microBatches; part++) {
		const feeds = { ...Object.fromEntries([...frozen, ...state]), ...sums, ...batch.feeds(part, microBatches) };
		const outputs = await sessions.accumulate!.run(feeds);
		loss += floats(outputs[stepNames.loss]!)[0]!;
		const next: Record<string, Tensor> = {};
		for (const { name } of spec.parameters) {
			next[stepNames.gradient(name)] = outputs[stepNames.gradientSum(name)]!;
		}
		for (const sum of Object.values(sums)) sum.dispose();
		sums = next;
	}
	return { sums, loss };
}

function intoSpare(spare: ModelState | undefined): { into?: Record<string, Tensor> } {
	if (spare === undefined) return {};
	return { into: Object.fromEntries([...spare].map(([name, value]) => [stepNames.next(name), value])) };
}

function collect(outputs: Readonly<Record<string, Tensor>>, accumulatedLoss: number | undefined): StepResult {
	const prefix = stepNames.next("");
	const next: ModelState = new Map();
	for (const [name, value] of Object.entries(outputs)) {
		if (name.startsWith(prefix)) next.set(name.slice(prefix.length), value);
	}
	return {
		loss: accumulatedLoss ?? floats(outputs[stepNames.loss]!)[0]!,
		gradientNorm: floats(outputs[stepNames.gradientNorm]!)[0]!,
		next,
	};
}
