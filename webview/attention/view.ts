import * as z from "zod";
import { attentionPlaceSchema } from "../../sidecar/protocol/panels/attention.ts";

const viewSchema = z.object({
	place: attentionPlaceSchema.nullable(),
	picture: z.enum(["code", "lines", "matrix"]),
	source: z.enum(["head", "rollout", "integratedGradients", "inputTimesGradient"]),
	layer: z.number().int().nonnegative(),
	head: z.number().int().nonnegative(),
	also: z.array(z.object({ layer: z.number().int().nonnegative(), head: z.number().int().nonnegative() })),
	direction: z.enum(["from", "to"]),
	threshold: z.number().int().min(0).max(255),
	hideSpecial: z.boolean(),
	filter: z.string(),
	syntaxClass: z.string(),
	order: z.enum(["layers", "dataflow"]),
	edges: z.boolean(),
	token: z.number().int().nonnegative().nullable(),
	table: z.boolean(),
});

/**
 * What the user has chosen to see; it outlives a reload of the window. `direction`: what a token looks at, or what
 * looks at it; `also`: further heads whose lines are drawn; `threshold`: the byte of the least share that is drawn; `token`: the one that is held.
 */
export type View = z.infer<typeof viewSchema>;
export type Picture = View["picture"];
export type Source = View["source"];

/** The view that was kept, or the first one. */
export function viewFrom(kept: unknown): View {
	const parsed = viewSchema.safeParse(kept);
	if (parsed.success) return parsed.data;
	return {
		place: null,
		picture: "code",
		source: "head",
		layer: 0,
		head: 0,
		also: [],
		direction: "from",
		threshold: 57, // 5%: below it lines between most pairs hide the few that tell something
		hideSpecial: true, // most heads rest on [CLS] and [SEP] and would show nothing else
		filter: "",
		syntaxClass: "",
		order: "layers",
		edges: true,
		token: null,
		table: false,
	};
}

/** Further heads at most: there are no more colours that are told apart. */
const mostAlso = 4;

/** Keeps a head, whose lines are then drawn beside those of the one that is shown, or lets it go. */
export function toggledHead({ also }: View, one: View["also"][number]): View["also"] {
	const others = also.filter(({ layer, head }) => layer !== one.layer || head !== one.head);
	return others.length < also.length ? others : [...also, one].slice(-mostAlso);
}

export function isSaliency(source: Source): source is "integratedGradients" | "inputTimesGradient" {
	return source === "integratedGradients" || source === "inputTimesGradient";
}
