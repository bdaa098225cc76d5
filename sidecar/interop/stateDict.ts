/** The tensors of a checkpoint by the names that we compute with: what is renamed, left out, missing or refused. */
import { MaskwrightError } from "../base/errors.ts";
import type { EncoderConfig } from "../model/config.ts";
import { detectorSpecs } from "../model/detector.ts";
import { encoderPrefix, headNames, tokenEmbeddingName } from "../model/names.ts";
import { type ParameterSpec, parameterSpecs } from "../model/parameters.ts";

/** Where each of our tensors comes from. */
export interface StateDictPlan {
	/** The name in the checkpoint by our own, in the order of the forward pass; undefined stands for zeros. */
	readonly sources: ReadonlyMap<ParameterSpec, string | undefined>;
	/** Whether all tensors of the masked-LM head are there and belong to the encoder. */
	readonly hasHead: boolean;
	/** Whether the head of a detector of replaced tokens is there, as ELECTRA has it. */
	readonly hasDetector: boolean;
	/** A decoder that stands in the checkpoint though the configuration ties it to the token embedding. */
	readonly tiedDecoder: string | undefined;
	/** For people, a sentence each. */
	readonly notes: readonly string[];
}

/** What tells that a checkpoint's masked-LM head, if any, was not trained with its encoder. */
const discriminators: readonly (readonly [pattern: RegExp, note: string])[] = [
	[
		/^mask_predictions\./,
		"This is the discriminator of a DeBERTa-v3, which tells replaced tokens apart. The masked-LM head beside it belongs to the generator, another model, and is left out.",
	],
	[
		/^discriminator_predictions\./,
		"This is the discriminator of an ELECTRA: it tells replaced tokens apart, and maskwright suspicious asks it. It predicts none; its generator is a model of its own, which fills masks.",
	],
];

/** Names that old or other versions of the classes gave to the same tensors. */
const synonyms: readonly (readonly [pattern: RegExp, name: string])[] = [
	[/^(?:module|_orig_mod)\./, ""],
	[/(LayerNorm|layer_norm)\.gamma$/, "$1.weight"],
	[/(LayerNorm|layer_norm)\.beta$/, "$1.bias"],
	[/^lm_predictions\.lm_head\.(dense|LayerNorm)\./, "cls.predictions.transform.$1."],
	[/^lm_predictions\.lm_head\.bias$/, "cls.predictions.bias"],
	[/^cls\.predictions\.decoder\.bias$/, "cls.predictions.bias"],
	[/^lm_head\.decoder\.bias$/, "lm_head.bias"],
];

/** Buffers that hold no weights. */
const buffers = /(^|\.)(position_ids|token_type_ids|inv_freq)$/;

/** Parts of the encoder's module that stand behind its last layer, and what is unused by configuration. */
const unusedParts = /^(bert|roberta|electra|deberta)\.pooler\.|^deberta\.embeddings\.position_embeddings\.weight$/;

/**
 * Plans how the tensors of a checkpoint, given by their shapes, become those of `config`. Heads of other tasks than
 * predicting and detecting tokens are left out. Throws `modelInvalid` for a tensor of the encoder or of a detector that is missing, has another shape or is unknown: the model
 * would compute something else.
 */
export function planStateDict(
	config: EncoderConfig,
	shapes: ReadonlyMap<string, readonly number[]>,
	folder: string,
): StateDictPlan {
	const specs = parameterSpecs(config);
	const found = canonicalNames(config, shapes);
	const prefix = `${encoderPrefix(config)}.`;
	const isHead = ({ name }: ParameterSpec): boolean => !name.startsWith(prefix);
	const needed = specs.filter((spec) => !isHead(spec));
	const foreign = [...shapes.keys()].flatMap((name) => discriminators.filter(([pattern]) => pattern.test(name)));
	const head = headOf(config, { specs: specs.filter(isHead), found, isForeign: foreign.length > 0 });
	const detector = detectorSpecs(config);
	const hasDetector = detector.some(({ name }) => found.has(name));
	const wanted = [...needed, ...head.specs, ...(hasDetector ? detector : [])];
	const unknown = refuseForeign(wanted, { found, prefix, folder });
	const sources = new Map<ParameterSpec, string | undefined>();
	for (const spec of wanted) {
		const source = found.get(spec.name);
		const why = detector.includes(spec) ? "and others of its detector are there" : "which config.json asks for";
		if (source === undefined && !head.zeros.has(spec.name)) throw missing(spec.name, { folder, why });
		if (source !== undefined) requireShape(spec, { source, shape: shapes.get(source)!, folder, config });
		sources.set(spec, source);
	}
	const notes = [...new Set(foreign.map(([, note]) => note)), ...head.notes, ...leftOut(unknown, config)];
	const { decoder } = headNames[config.architecture];
	const tied = head.specs.length > 0 && !config.ownDecoder ? found.get(decoder) : undefined;
	return { sources, hasHead: head.specs.length > 0, hasDetector, tiedDecoder: tied, notes };
}

/** The checkpoint's names by ours; an exact name goes before a synonym of it. */
function canonicalNames(config: EncoderConfig, shapes: ReadonlyMap<string, unknown>): Map<string, string> {
	const known = new Set(parameterSpecs(config).map(({ name }) => name));
	const prefix = encoderPrefix(config);
	const found = new Map<string, string>();
	const renamed: [string, string][] = [];
	for (const name of shapes.keys()) {
		let canonical = synonyms.reduce((text, [pattern, to]) => text.replace(pattern, to), name);
		// The encoder alone is saved without its prefix.
		if (!known.has(canonical) && isOfEncoder(canonical, known, prefix)) canonical = `${prefix}.${canonical}`;
		if (canonical === name) found.set(name, name);
		else renamed.push([canonical, name]);
	}
	for (const [canonical, name] of renamed) if (!found.has(canonical)) found.set(canonical, name);
	return found;
}

/** Whether a name without prefix begins as a module of the encoder does: "embeddings", "encoder", "layers". */
function isOfEncoder(name: string, known: ReadonlySet<string>, prefix: string): boolean {
	if (name.startsWith(`${prefix}.`)) return false;
	const [first] = name.split(".");
	if (first === "pooler") return true;
	for (const each of known) if (each.startsWith(`${prefix}.${first}.`)) return true;
	return false;
}

/** What there is of the masked-LM head. */
function headOf(
	config: EncoderConfig,
	options: { specs: readonly ParameterSpec[]; found: ReadonlyMap<string, string>; isForeign: boolean },
): { specs: readonly ParameterSpec[]; zeros: ReadonlySet<string>; notes: string[] } {
	const { specs, found, isForeign } = options;
	const { bias } = headNames[config.architecture];
	const none = { specs: [], zeros: new Set<string>() };
	if (isForeign) return { ...none, notes: [] };
	const absent = specs.filter(({ name }) => !found.has(name)).map(({ name }) => name);
	if (absent.length === 0) return { specs, zeros: new Set(), notes: [] };
	if (absent.length === specs.length) {
		return { ...none, notes: ["It has no masked-LM head, so it fills no masks until it is trained to."] };
	}
	if (config.architecture === "modernbert" && absent.join() === bias) {
		return { specs, zeros: new Set([bias]), notes: ["Its decoder has no bias; zeros stand for it."] };
	}
	const note = `Its masked-LM head is incomplete (${absent.join(", ")} missing) and left out, so it fills no masks until it is trained to.`;
	return { ...none, notes: [note] };
}

/** The tensors that no part of ours takes; throws for one of the encoder, which would be computed without it. */
function refuseForeign(
	taken: readonly ParameterSpec[],
	{ found, prefix, folder }: { found: ReadonlyMap<string, string>; prefix: string; folder: string },
): string[] {
	const known = new Set(taken.map(({ name }) => name));
	const unknown: string[] = [];
	for (const [canonical, name] of found) {
		if (known.has(canonical) || buffers.test(canonical)) continue;
		if (canonical.startsWith(prefix) && !unusedParts.test(canonical)) {
			throw invalid(
				`The model in ${folder} cannot be used: its tensor ${name} belongs to no part that is computed here, so the results would be others. Get the model as transformers saves it, with adapters merged and without changes to its layers.`,
				name,
			);
		}
		unknown.push(canonical);
	}
	return unknown;
}

/** A sentence on the heads that are left out and that no other note speaks of, by their first names. */
function leftOut(unknown: readonly string[], config: EncoderConfig): string[] {
	const own = new Set(parameterSpecs(config).map(({ name }) => name));
	const decoders = new Set(Object.values(headNames).map(({ decoder }) => decoder));
	const parts = new Set<string>();
	for (const name of unknown) {
		if (own.has(name) || decoders.has(name) || discriminators.some(([pattern]) => pattern.test(name))) continue;
		const [first, second] = name.split(".");
		parts.add(/\bpooler\b/.test(name) ? "pooler" : first === "cls" ? `${first}.${second}` : first!);
	}
	return parts.size === 0 ? [] : [`Left out, since nothing here uses it: ${[...parts].toSorted().join(", ")}.`];
}

function requireShape(
	spec: ParameterSpec,
	given: { source: string; shape: readonly number[]; folder: string; config: EncoderConfig },
): void {
	const { source, shape, folder, config } = given;
	if (shape.join() === spec.shape.join()) return;
	const isTable = spec.name === tokenEmbeddingName(config) && shape[1] === spec.shape[1];
	const what = isTable
		? `its token embedding has ${shape[0]} rows where config.json says that the vocabulary has ${spec.shape[0]} tokens`
		: `its tensor ${source} has the shape [${shape.join(", ")}] where config.json asks for [${spec.shape.join(", ")}]`;
	throw invalid(
		`The model in ${folder} cannot be used: ${what}. Get config.json and the weights from the same model.`,
		source,
	);
}

function missing(name: string, { folder, why }: { folder: string; why: string }): MaskwrightError {
	return invalid(
		`The model in ${folder} cannot be used: its tensor ${name} is missing, ${why}. Get config.json and the weights from the same model.`,
		name,
	);
}

function invalid(message: string, tensor: string): MaskwrightError {
	return new MaskwrightError("modelInvalid", message, { data: { tensor } });
}
