import { existsSync, readFileSync } from "node:fs";

/** Our version, from the package.json nearest above this file, be it the source or the build. */
export function version(): string {
	let folder = new URL(".", import.meta.url);
	while (!existsSync(new URL("package.json", folder))) folder = new URL("..", folder);
	const manifest = readFileSync(new URL("package.json", folder), "utf8");
	return (JSON.parse(manifest) as { version: string }).version;
}
