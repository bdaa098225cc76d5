/** The `adapter` section of a recipe: a small part that is trained in place of the model, whose weights stay as they are. */
import { z } from "zod";

/** The projections of a layer that LoRA can change, by what they do; where a model keeps several in one matrix they go together. */
export const loraTargets = ["query", "key", "value", "attentionOutput", "expand", "contract"] as const;

export type LoraTarget = (typeof loraTargets)[number];

const lora = z.strictObject({
	kind: z.literal("lora").describe("Low-rank adaptation (Hu et al. 2021): W x + alpha / rank B A x"),
	rank: z.int().min(1).max(1024).default(8).describe("Rows of A and columns of B (Hu et al. 2021, section 4.1)"),
	alpha: z.number().positive().default(16).describe("The product counts alpha / rank (Hu et al. 2021, section 4.1)"),
	targets: z
		.array(z.enum(loraTargets))
		.min(1)
		.default([...loraTargets])
		.describe("The projections of every layer that are changed; of a fused matrix all or none"),
});

const bottleneck = {
	reductionFactor: z
		.number()
		.gt(0)
		.max(4096)
		.default(16)
		.describe("The hidden units over those of the bottleneck; AdapterHub's default is 16"),
	activation: z.enum(["relu", "gelu", "gelu_new", "silu"]).default("relu").describe("Within the bottleneck"),
};

const sequentialBottleneck = z.strictObject({
	kind: z
		.literal("sequentialBottleneck")
		.describe("A bottleneck behind each feed-forward layer (Pfeiffer et al. 2020; AdapterHub's seq_bn)"),
	...bottleneck,
});

const sequentialBottleneckInvertible = z.strictObject({
	kind: z
		.literal("sequentialBottleneckInvertible")
		.describe(
			"The same, and an invertible coupling of the embeddings, undone before the output embedding (MAD-X, Pfeiffer et al. 2020, section 3.3; AdapterHub's seq_bn_inv)",
		),
	...bottleneck,
	invertibleReductionFactor: z
		.number()
		.gt(0)
		.max(4096)
		.default(2)
		.describe("Half of the embedding's units over those within the coupling; AdapterHub's default is 2"),
});

export const adapterSchema = z.discriminatedUnion("kind", [lora, sequentialBottleneck, sequentialBottleneckInvertible]);

export type AdapterConfig = z.output<typeof adapterSchema>;
export type AdapterKind = AdapterConfig["kind"];
export type LoraConfig = Extract<AdapterConfig, { kind: "lora" }>;
export type BottleneckConfig = Exclude<AdapterConfig, LoraConfig>;
export type InvertibleConfig = Extract<AdapterConfig, { kind: "sequentialBottleneckInvertible" }>;
