import type { Builder, Value } from "../autodiff/value.ts";
import { MaskwrightError } from "../base/errors.ts";
import type { AdapterConfig } from "./adapters/config.ts";

/** Told of values inside the model by their module path, such as "model.layers.0.attn.probabilities". */
export type Observer = (name: string, value: Value) => void;

/** A place in the model's tree of names: the parameters below it, and the scope of the nodes made for it. */
export interface Module {
	/** Runs `body` with the module one or more steps below (such as "attention.self") and in its graph scope. */
	within<T>(name: string, body: (child: Module) => T): T;
	/** The parameter `name` of this module; throws `modelInvalid` when the model has none. */
	parameter(name: string): Value;
	/** The parameter `name`, or undefined when this module has none. */
	optional(name: string): Value | undefined;
	/** The adapter that is trained or used in the model, if any. */
	readonly adapter: AdapterConfig | undefined;
	/** Tells the observer of a value by its name in this module. */
	observe(name: string, value: Value): void;
}

interface ModuleTraits {
	readonly observe?: Observer | undefined;
	readonly adapter?: AdapterConfig | undefined;
}

/** The root of a model's modules in `graph`; `parameters` are named by their full paths. */
export function rootModule(
	graph: Builder,
	parameters: ReadonlyMap<string, Value>,
	{ observe: observer = () => undefined, adapter }: ModuleTraits = {},
): Module {
	const moduleAt = (prefix: string): Module => ({
		within: (name, body) => graph.scope(name, () => body(moduleAt(`${prefix}${name}.`))),
		adapter,
		optional: (name) => parameters.get(prefix + name),
		observe: (name, value) => observer(prefix + name, value),
		parameter: (name) => {
			const value = parameters.get(prefix + name);
			if (value !== undefined) return value;
			const sentence = `The model lacks the tensor ${prefix}${name}: its weights belong to another configuration.`;
			throw new MaskwrightError("modelInvalid", sentence, { data: { tensor: prefix + name } });
		},
	});
	return moduleAt("");
}
