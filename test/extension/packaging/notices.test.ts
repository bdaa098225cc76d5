/** What ships tells its licence, or does not ship. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packagesOf, thirdPartyNotices } from "../../../extension/packaging/notices.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

test("the packages of files are found by their paths, those inside others too", () => {
	const files = [
		"node_modules/zod/v4/index.js",
		"node_modules/@vscode/codicons/dist/codicon.css",
		"node_modules/a/node_modules/b/c.js",
		"dist/sidecar/cli/main.js",
		"node_modules/zod/index.js",
	];
	assert.deepEqual(packagesOf(files), [
		"node_modules/@vscode/codicons",
		"node_modules/a/node_modules/b",
		"node_modules/zod",
	]);
});

test("each licence stands whole, once for a version, and a package without one is refused by name", (t) => {
	const house = temporaryFolder(t);
	const place = (folder: string, manifest: object, files: Record<string, string>): string => {
		const path = join(house, folder);
		mkdirSync(path, { recursive: true });
		writeFileSync(join(path, "package.json"), JSON.stringify(manifest));
		for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
		return path;
	};
	const b = { name: "b", version: "1.0.0", license: "ISC" };
	const folders = [
		place("b", b, { "License.txt": "Text of b.", "thirdpartynotices.txt": "Parts of b." }),
		place("a/b", b, { "License.txt": "Text of b.", "thirdpartynotices.txt": "Parts of b." }),
		place("a", { name: "a", version: "2.0.0", license: "MIT" }, { LICENSE: "Text of a.", "license.js": "code" }),
	];
	const text = thirdPartyNotices(house, folders);
	assert.ok(text.indexOf("a 2.0.0 (MIT)") < text.indexOf("b 1.0.0 (ISC)"));
	assert.equal(text.split("Text of b.\n\nParts of b.").length, 2);
	assert.ok(!text.includes("code"));
	const silent = place("c", { name: "c", version: "1.0.0", license: "MIT" }, { "README.md": "MIT" });
	assert.throws(() => thirdPartyNotices(house, [silent]), /^PackagingFailure: c \(MIT\) comes without the text/);
	const nameless = place("d", { name: "d", version: "1.0.0" }, { LICENSE: "Text." });
	assert.throws(() => thirdPartyNotices(house, [nameless]), /d names no licence/);
});
