import type { Builder, Value } from "../autodiff/value.ts";
import { MaskwrightError } from "../base/errors.ts";

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
	/** Tells the observer of a value by its name in this module. */
	observe(name: string, value: Value): void;
}

/** The root of a model's modules in `graph`; `parameters` are named by their full paths. */
export function rootModule(
	graph: Builder,
	parameters: ReadonlyMap<string, Value>,
	observer: Observer = () => undefined,
): Module {
	const moduleAt = (prefix: string): Module => ({
		within: (name, body) => graph.scope(name, () => body(moduleAt(`${prefix}${name}.`))),
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
