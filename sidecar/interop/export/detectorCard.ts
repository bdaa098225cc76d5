/** What a folder for transformers says of a detector of replaced tokens. */
import type { Activation } from "../../model/config.ts";
import type { ModelToExport } from "./modelToExport.ts";

/** The class of transformers that a configuration names. */
export function className(config: Readonly<Record<string, unknown>>): string {
	return Array.isArray(config["architectures"]) ? String(config["architectures"][0]) : "AutoModel";
}

/**
 * What becomes of the detector. ELECTRA alone has a class for it: the token classifiers of the others have no layer
 * before the last, or, as ModernBERT's, a norm between the two.
 */
export function detectorNotes(
	{ detector, predicts }: ModelToExport,
	config: Readonly<Record<string, unknown>>,
): string[] {
	if (detector === undefined) return [];
	if (predicts) {
		return [
			`Its detector of replaced tokens is left out, because ${className(config)} has none. Export it with --format onnx for both.`,
		];
	}
	if (className(config) === detectingClass) return [];
	return [
		`No class of transformers has this detector behind this encoder: ${className(config)} reads the encoder, and the head's tensors stand beside it in model.safetensors as ${detectingClass} names them. README.md has the lines that compute it.`,
	];
}

const detectingClass = "ElectraForPreTraining";

/** Activations as PyTorch has them. */
const torchActivations: Readonly<Record<Activation, string>> = {
	gelu: "gelu(x)",
	gelu_new: 'gelu(x, approximate="tanh")',
	relu: "relu(x)",
	silu: "silu(x)",
};

/** How the detector is asked in Python, in Markdown. */
export function detectorUse(model: ModelToExport, config: Readonly<Record<string, unknown>>): string {
	const name = className(config);
	const threshold = `# above ${model.detector!.threshold} Maskwright calls a token suspicious`;
	const opened = `tokenizer, model = AutoTokenizer.from_pretrained("."), ${name}.from_pretrained(".")`;
	const inputs = `tokenizer("def load(path): ...", return_tensors="pt")`;
	if (name === detectingClass) {
		return `\`\`\`python
from transformers import AutoTokenizer, ${name}
${opened}
probabilities = model(**${inputs}).logits.sigmoid()  ${threshold}
\`\`\``;
	}
	const active = torchActivations[model.config.activation];
	return `\`\`\`python
from safetensors.torch import load_file
from torch.nn.functional import ${active.slice(0, active.indexOf("("))}, linear
from transformers import AutoTokenizer, ${name}
${opened}
tensors = load_file("model.safetensors")
def layer(x, name): return linear(x, tensors[f"discriminator_predictions.{name}.weight"], tensors[f"discriminator_predictions.{name}.bias"])
x = layer(model(**${inputs}).last_hidden_state, "dense")
probabilities = layer(${active}, "dense_prediction").squeeze(-1).sigmoid()  ${threshold}
\`\`\``;
}
