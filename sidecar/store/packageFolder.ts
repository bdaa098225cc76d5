import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of our own package: the one with a package.json nearest above this file, be it the source or the build. */
export function packageFolder(): string {
	let folder = new URL(".", import.meta.url);
	while (!existsSync(new URL("package.json", folder))) folder = new URL("..", folder);
	return fileURLToPath(folder);
}
