import * as z from "zod";

const viewSchema = z.object({ recipe: z.string().nullable() });

/** What is shown; it outlives a reload of the window. */
export type View = z.infer<typeof viewSchema>;

/** The view that was kept, or the first one. */
export function viewFrom(kept: unknown): View {
	return viewSchema.safeParse(kept).data ?? { recipe: null };
}
