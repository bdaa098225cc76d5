import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";

/**
 * Whether a path below `root` (a real path) still leads to a file within it: a link put in the place of a file or
 * folder since may lead anywhere. False too for what is gone.
 */
export async function staysWithin(root: string, path: string): Promise<boolean> {
	const real = await realpath(join(root, path)).catch(() => undefined);
	if (real === undefined) return false;
	const below = relative(root, real);
	return below !== "" && below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
}
