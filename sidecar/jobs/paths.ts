import { isAbsolute } from "node:path";
import { MaskwrightError } from "../base/errors.ts";

/** The path as it is; throws `usage` when it is relative, since the sidecar has no folder that a caller would mean. */
export function absolute(path: string): string {
	if (isAbsolute(path)) return path;
	throw new MaskwrightError("usage", `${path} is a relative path. Give the whole path.`);
}
