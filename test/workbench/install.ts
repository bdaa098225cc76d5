import { existsSync } from "node:fs";
import { join } from "node:path";
import { isError } from "../../sidecar/base/errors.ts";
import { installWorkbench } from "../../sidecar/cli/editor/install.ts";
import { house } from "./house.ts";

/** Where Chromium is, else undefined. */
const chromium = [
	process.env["MASKWRIGHT_TEST_CHROMIUM"],
	"/usr/bin/chromium",
	"/usr/bin/chromium-browser",
	"/usr/bin/google-chrome",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
].find((path) => path !== undefined && existsSync(path));

/**
 * The workbench and the browser that tests drive, installed on first use; where that cannot be, why the tests are
 * left out, for `skip`.
 */
export const installed: { main: string; chromium: string; leftOut: false } | { leftOut: string } = await install();

async function install(): Promise<typeof installed> {
	if (process.platform === "win32") return { leftOut: "Left out: the workbench is tested on Linux and macOS." };
	if (chromium === undefined) {
		return { leftOut: "Left out: no Chromium was found. On Debian: apt-get install chromium fonts-dejavu-core." };
	}
	if (!existsSync(join(house, "dist", "extension", "main.cjs"))) {
		return { leftOut: "Left out: the extension is not built. Run npm run build." };
	}
	try {
		const say = (sentence: string): void => console.log(sentence);
		const main = await installWorkbench({ folder: join(house, ".cache", "workbench"), say });
		return { main, chromium, leftOut: false };
	} catch (error) {
		if (!isError(error, "editorUnavailable")) throw error;
		return { leftOut: `Left out: ${error.message}` };
	}
}
