import { nearestIndex } from "../ui/decimate.ts";
import type { XAxis } from "./curve.ts";
import type { DrawnRun } from "./runs.ts";
import type { View } from "./view.ts";

/** The zoom that shows the same steps on another axis, by the longest run; null: all. */
export function convertZoom(runs: readonly DrawnRun[], { axis, zoom }: View, to: XAxis): [number, number] | null {
	if (zoom === null) return null;
	const longest = runs.reduce<DrawnRun | undefined>(
		(best, run) => (best === undefined || run.feed.curve.length > best.feed.curve.length ? run : best),
		undefined,
	);
	if (longest === undefined) return null;
	const { curve } = longest.feed;
	const places = zoom.map((place) => curve.placeOf(nearestIndex(curve.x[axis].view(), place), to));
	const [low = 0, high = 0] = places;
	return high > low ? [low, high] : null;
}
