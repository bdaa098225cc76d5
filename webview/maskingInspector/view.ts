import * as z from "zod";

const viewSchema = z.object({
	recipe: z.string().nullable(),
	strategy: z.string().nullable(),
	rate: z.number().gt(0).lt(1).nullable(),
	seed: z.number().int().nonnegative().nullable(),
	epoch: z.number().int().nonnegative(),
	model: z.string().nullable(),
	predict: z.boolean(),
	compare: z.string().nullable(),
	selectionOnly: z.boolean(),
	table: z.boolean(),
});

/** What the user has chosen to see; it outlives a reload of the window. Null: what the recipe or the sidecar says. */
export type View = z.infer<typeof viewSchema>;

/** The view that was kept, or the first one. */
export function viewFrom(kept: unknown): View {
	const parsed = viewSchema.safeParse(kept);
	if (parsed.success) return parsed.data;
	return {
		recipe: null,
		strategy: null,
		rate: null,
		seed: null,
		epoch: 0,
		model: null,
		predict: true,
		compare: null,
		selectionOnly: false,
		table: false,
	};
}
