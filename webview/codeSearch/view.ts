import * as z from "zod";
import { type Asked, askedSchema } from "../../sidecar/protocol/panels/codeSearch.ts";

const viewSchema = z.object({
	asked: askedSchema,
	folder: z.string().nullable(),
	selected: z.string().nullable(),
	scrollTop: z.number().nonnegative(),
});

/** What the user has asked and sees; it outlives a reload of the window. */
export interface View {
	asked: Asked;
	/** The one folder that is searched; null: all of the workspace. */
	folder: string | null;
	/** Key of the selected result. */
	selected: string | null;
	scrollTop: number;
}

/** The view that was kept, or the first one. */
export function viewFrom(kept: unknown): View {
	const parsed = viewSchema.safeParse(kept);
	return parsed.success
		? parsed.data
		: { asked: { kind: "query", text: "" }, folder: null, selected: null, scrollTop: 0 };
}
