/** The table of encoders: token ids in, one row of hidden units per token out. */
import type { Value } from "../autodiff/value.ts";
import { bertEncoder } from "./bert.ts";
import type { Architecture, EncoderConfig } from "./config.ts";
import type { EncoderInputs } from "./inputs.ts";
import { modernBertEncoder } from "./modernBert.ts";
import { type Module, rootModule } from "./module.ts";
import { encoderPrefix } from "./parameters.ts";

type Encoder = (module: Module, inputs: EncoderInputs, config: EncoderConfig) => Value;

const encoders: Readonly<Record<Architecture, Encoder>> = {
	bert: bertEncoder,
	roberta: bertEncoder,
	modernbert: modernBertEncoder,
};

/**
 * Hidden rows [batch * length, hidden] of a batch, token t of row b at b * length + t. `parameters` are the graph
 * values of `parameterSpecs`, by name.
 */
export function encoder(config: EncoderConfig, parameters: ReadonlyMap<string, Value>, inputs: EncoderInputs): Value {
	return rootModule(inputs.inputIds.graph, parameters, inputs.observe).within(encoderPrefix(config), (module) =>
		encoders[config.architecture](module, inputs, config),
	);
}
