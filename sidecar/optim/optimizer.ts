import type { Value } from "../autodiff/value.ts";
import type { ParameterSpec } from "../model/parameters.ts";

/** A tensor that an optimizer keeps between steps; starts as zeros. */
export interface StateSpec {
	/** The parameter's name and PyTorch's name for the state, such as "decoder.bias.exp_avg". */
	readonly name: string;
	readonly shape: readonly number[];
}

/** One parameter in the graph, where its update is computed. */
export interface UpdateInput {
	readonly spec: ParameterSpec;
	readonly parameter: Value;
	readonly gradient: Value;
	/** The factor of gradient clipping (a scalar), folded in here because scaling every gradient is a pass over memory. */
	readonly gradientScale?: Value;
	/** In the order of `stateSpecs` for this parameter. */
	readonly state: readonly Value[];
	/** The scalars of `hyperparameterInputs`, by name. */
	readonly hyper: Readonly<Record<string, Value>>;
}

/** Names the nodes of a parameter's update after it. */
export function updateScope<T>({ spec, parameter }: UpdateInput, body: () => T): T {
	return parameter.graph.scope(`update.${spec.name}`, body);
}

export interface UpdateOutput {
	readonly parameter: Value;
	readonly state: readonly Value[];
}

/** An optimizer as graph: what it keeps, what it is fed at each step, and the updates of all parameters. */
export interface Optimizer {
	/** The state of one parameter. */
	stateSpecs(spec: ParameterSpec): StateSpec[];
	/** Names of the scalar float inputs of the step graph. */
	readonly hyperparameterInputs: readonly string[];
	/** Their values at `step` (from 0); computed by the host in double precision, so a schedule needs no new graph. */
	hyperparameters(step: number, learningRate: number): Record<string, number>;
	/** The updates, in the order of the parameters. */
	update(inputs: readonly UpdateInput[]): UpdateOutput[];
}
