import type { AdapterConfig } from "../model/adapters/config.ts";
import { adapterSpecs } from "../model/parameters.ts";
import { type BaseIdentity, saveAdapter } from "../store/adapters.ts";
import type { ModelAbout } from "../store/modelFolder.ts";
import type { HostTensor } from "../store/safetensors.ts";
import { adapterCard } from "./adapterCard.ts";
import type { FinishedRun } from "./finishedRun.ts";

/** Writes the adapter that a run has trained: its tensors alone, and which model they are for. */
export function finishAdapter(
	folder: string,
	run: FinishedRun & { readonly base: BaseIdentity },
	{ tensors, about }: { readonly tensors: ReadonlyMap<string, HostTensor>; readonly about: ModelAbout },
): void {
	const { config, base } = run;
	const adapter = config.adapter!;
	const isLora = adapter.kind === "lora";
	saveAdapter(folder, {
		adapter,
		base,
		tensors,
		about: { ...about, architecture: config.architecture },
		config: isLora ? peftConfig(adapter, run) : adapterHubConfig(adapter, run),
		// PEFT names tensors by their place in its wrapper around the model.
		prefix: isLora ? "base_model.model." : "",
		card: adapterCard(run),
	});
}

/** `adapter_config.json` as PEFT reads it. */
function peftConfig(
	{ rank, alpha }: Extract<AdapterConfig, { kind: "lora" }>,
	{ config, base }: FinishedRun & { readonly base: BaseIdentity },
): Record<string, unknown> {
	const modules = adapterSpecs(config)
		.filter(({ name }) => name.endsWith(".lora_A.weight"))
		.map(({ name }) => name.slice(0, -".lora_A.weight".length));
	return {
		peft_type: "LORA",
		task_type: null,
		base_model_name_or_path: base.name,
		r: rank,
		lora_alpha: alpha,
		lora_dropout: 0,
		target_modules: modules,
		bias: "none",
		fan_in_fan_out: false,
		inference_mode: true,
	};
}

/** `adapter_config.json` with AdapterHub's names for what a bottleneck is. */
function adapterHubConfig(
	adapter: Exclude<AdapterConfig, { kind: "lora" }>,
	{ config, base, recipe }: FinishedRun & { readonly base: BaseIdentity },
): Record<string, unknown> {
	const isInvertible = adapter.kind === "sequentialBottleneckInvertible";
	return {
		name: recipe.name,
		model_type: config.architecture,
		model_name: base.name,
		hidden_size: config.hiddenSize,
		config: {
			architecture: null,
			mh_adapter: false,
			output_adapter: true,
			original_ln_before: true,
			original_ln_after: true,
			residual_before_ln: true,
			adapter_residual_before_ln: false,
			ln_before: false,
			ln_after: false,
			non_linearity: adapter.activation,
			reduction_factor: adapter.reductionFactor,
			inv_adapter: isInvertible ? "nice" : null,
			inv_adapter_reduction_factor: isInvertible ? adapter.invertibleReductionFactor : null,
		},
	};
}
