/** What `npm pack` puts into the archive that `npm install -g` takes. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const house = join(import.meta.dirname, "..", "..", "..");
const skip = existsSync(join(house, "dist", "sidecar", "cli", "main.js")) ? false : "Left out: run npm run build.";

test("the npm package holds the command line with its programs, and neither declarations nor surfaces", {
	skip,
}, async () => {
	const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
	const { stdout } = await promisify(execFile)("npm", args, {
		cwd: house,
		maxBuffer: 2 ** 24,
		shell: process.platform === "win32",
	});
	// npm gives a list of archives, newer ones a table of them by name.
	const [archive] = Object.values(JSON.parse(stdout)) as { files: { path: string }[] }[];
	const paths = archive?.files.map(({ path }) => path) ?? [];
	for (const path of [
		"dist/sidecar/cli/main.js",
		"dist/sidecar/compute/training.js",
		"package.json",
		"LICENSE",
		"README.md",
	]) {
		assert.ok(paths.includes(path), path);
	}
	const ours = /^(dist\/sidecar\/.*\.js|media\/(models|pytorch)\/.*|docs\/.*|package\.json|[A-Z]+(\.md)?)$/;
	assert.deepEqual(
		paths.filter((path) => !ours.test(path)),
		[],
	);
});
