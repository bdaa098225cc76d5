import * as z from "zod";
import type { XAxis } from "./curve.ts";

const viewSchema = z.object({
	runs: z.array(z.string()),
	axis: z.enum(["step", "tokens", "seconds"]),
	smoothing: z.number().min(0).max(100),
	logarithmic: z.boolean(),
	table: z.boolean(),
	zoom: z.tuple([z.number(), z.number()]).nullable(),
});

/** What the user has chosen to see; it outlives a reload of the window. */
export interface View {
	/** Folders of the runs that are drawn. */
	runs: string[];
	axis: XAxis;
	/** Place of the slider, 0 to 100. */
	smoothing: number;
	logarithmic: boolean;
	/** Whether the table twin is open. */
	table: boolean;
	/** The part of the horizontal axis that is seen; null: all. */
	zoom: [number, number] | null;
}

/** The view that was kept, or the first one. Whether there was one tells apart a new panel from one that comes back. */
export function viewFrom(kept: unknown): { view: View; restored: boolean } {
	const parsed = viewSchema.safeParse(kept);
	if (parsed.success) return { view: parsed.data, restored: true };
	// 40: a weight of 0.937, which shows the trend of a few hundred noisy batches and follows the first ones.
	const view: View = { runs: [], axis: "step", smoothing: 40, logarithmic: false, table: false, zoom: null };
	return { view, restored: false };
}
