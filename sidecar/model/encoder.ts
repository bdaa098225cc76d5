/** The table of encoders: token ids in, one row of hidden units per token out. */
import type { Value } from "../autodiff/value.ts";
import type { Architecture, EncoderConfig } from "./config.ts";
import type { EncoderInputs } from "./inputs.ts";
import { modernBertEncoder } from "./modernBert.ts";
import { type Module, rootModule } from "./module.ts";
import { encoderPrefix, relativeBiasName } from "./names.ts";
import { postNormEncoder } from "./postNorm.ts";
import { withRelativeBias } from "./relativeBias.ts";

type Encoder = (module: Module, inputs: EncoderInputs, config: EncoderConfig) => Value;

const encoders: Readonly<Record<Architecture, Encoder>> = {
	bert: postNormEncoder,
	roberta: postNormEncoder,
	distilbert: postNormEncoder,
	electra: postNormEncoder,
	"deberta-v2": postNormEncoder,
	modernbert: modernBertEncoder,
};

/**
 * Hidden rows [batch * length, hidden] of a batch, token t of row b at b * length + t, or those of them that `inputs.at`
 * names. `parameters` are the graph values of `parameterSpecs`, by name.
 */
export function encoder(config: EncoderConfig, parameters: ReadonlyMap<string, Value>, inputs: EncoderInputs): Value {
	const { observe } = inputs;
	const root = rootModule(inputs.inputIds.graph, parameters, { observe, adapter: config.adapter });
	return root.within(encoderPrefix(config), (module) => {
		const table = module.optional(relativeBiasName);
		const biased = table === undefined ? inputs : withRelativeBias(inputs, table);
		return encoders[config.architecture](module, biased, config);
	});
}
