import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../store/packageFolder.ts";

/** Our version, as our package.json says it. */
export function version(): string {
	const manifest = readFileSync(join(packageFolder(), "package.json"), "utf8");
	return (JSON.parse(manifest) as { version: string }).version;
}
