import { z } from "zod";
import { type Masking, maskingSchema, needsMarks } from "../../../data/masking/config.ts";
import { causalLmObjective } from "./causalLm.ts";
import { maskedLmObjective } from "./maskedLm.ts";

const phaseSchema = z.strictObject({
	name: z.string().min(1).max(40).describe("What events, metrics and checkpoints call the phase"),
	share: z.number().gt(0).max(1).describe("The share of the budget that it takes; those of all phases sum to 1"),
	fromNothingOnly: z
		.boolean()
		.default(false)
		.describe("Left out, and its share given to the others, where the run goes on from a model"),
	objective: z
		.union([maskedLmObjective, causalLmObjective])
		.optional()
		.describe("The phase's objective with its attention, in place of the recipe's"),
	masking: maskingSchema.optional().describe("The phase's masking, in place of the recipe's"),
});

/** A section for objectives on packed rows: the phases of a run, where it has more than one. */
export const phasesSection = {
	phases: z
		.array(phaseSchema)
		.min(1)
		.optional()
		.describe(
			"Phases of a run in turn: weights and optimizer state are carried over, the schedule spans them all. The last one has the recipe's own objective (Gisserot-Boukhlef et al. 2025: causal, then masked language modelling)",
		),
};

interface Phased {
	readonly objective: { readonly name: string };
	readonly masking?: Masking;
	readonly phases?: z.output<typeof phasesSection.phases>;
}

/** What contradicts itself in a recipe's phases, as the end of a sentence. */
export function phasesContradiction({ objective, masking, phases }: Phased): string | undefined {
	if (phases === undefined) return undefined;
	const sum = phases.reduce((total, { share }) => total + share, 0);
	if (Math.abs(sum - 1) > 1e-6) return `the shares of its phases sum to ${Number(sum.toFixed(6))}, not to 1.`;
	const names = phases.map(({ name }) => name);
	const twice = names.find((name, index) => names.indexOf(name) !== index);
	if (twice !== undefined) return `two of its phases have the name ${twice}.`;
	const unmasked = phases.find(
		(phase) => (phase.objective ?? objective).name === "maskedLm" && (phase.masking ?? masking) === undefined,
	);
	if (unmasked !== undefined) return `its phase ${unmasked.name} masks tokens and has no masking.`;
	const maskings = [masking, ...phases.map((phase) => phase.masking)].filter((one) => one !== undefined);
	const annotators = maskings.filter(needsMarks).map((one) => JSON.stringify(one.annotators ?? null));
	if (new Set(annotators).size > 1) return "the maskings of its phases have different annotators.";
	if (phases.at(-1)?.fromNothingOnly)
		return "its last phase is fromNothingOnly, and a run needs one that it ends with.";
	const last = phases.at(-1)?.objective?.name ?? objective.name;
	if (last === objective.name) return undefined;
	return `its last phase has the objective ${last}, and the recipe ${objective.name}: they must be the same.`;
}
