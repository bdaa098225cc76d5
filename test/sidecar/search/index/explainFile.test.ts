import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { explainFile } from "../../../../sidecar/search/index/explainFile.ts";
import { codeFolder, index } from "../../../support/codeIndex.ts";

const code = "def job():\n    return 1\n";

test("Each file that is indexed or left out has its reason, with the deciding rule, file and line", async (context) => {
	const indexed = codeFolder(context, {
		".git/info/exclude": "# none\nexcluded.py\n",
		".gitignore": "# build\n\n/out/\n*.gen.py\n",
		".maskwrightignore": "vendored/\n",
		"src/.gitignore": "secret_*\n!keep.gen.py\n",
		"a.py": code,
		"excluded.py": code,
		"out/x.py": code,
		"b.gen.py": code,
		"vendored/deep/c.py": code,
		"src/secret_d.py": code,
		"src/keep.gen.py": code,
		"node_modules/e/index.js": code,
		"data.json": "{}",
		"package-lock.json": "{}",
		"wide.py": `x = "${"a".repeat(6_000)}"\n`,
		"raw.py": Buffer.from([0, 1, 2]),
	});
	if (process.platform !== "win32") symlinkSync("a.py", join(indexed.folder, "link.py"));
	const { folder, home } = indexed;
	const before = await explainFile(folder, "a.py", home);
	assert.equal(before.why, "No rule leaves it out, and it is not indexed: the folder has no index yet.");
	await index(indexed);
	const check = async (path: string, expected: [why: string, rule: string | null, source?: string, line?: number]) => {
		const [why, rule, source, line] = expected;
		const at = source === undefined ? null : join(folder, source);
		const found = await explainFile(folder, path, home);
		assert.deepEqual(found, { indexed: why.startsWith("It is indexed"), why, rule, source: at, line: line ?? null });
	};
	await check("a.py", ["It is indexed, in one part: no rule leaves it out.", null]);
	await check(join(folder, "a.py"), ["It is indexed, in one part: no rule leaves it out.", null]);
	const ignored = (file: string, rule: string): string => `It is left out: ignored by ${file} (${rule}).`;
	await check("excluded.py", [ignored(".git/info/exclude", "excluded.py"), "excluded.py", ".git/info/exclude", 2]);
	await check("out/x.py", [ignored(".gitignore", "/out/"), "/out/", ".gitignore", 3]);
	await check("b.gen.py", [ignored(".gitignore", "*.gen.py"), "*.gen.py", ".gitignore", 4]);
	await check("vendored/deep/c.py", [ignored(".maskwrightignore", "vendored/"), "vendored/", ".maskwrightignore", 1]);
	await check("src/secret_d.py", [ignored("src/.gitignore", "secret_*"), "secret_*", "src/.gitignore", 1]);
	const kept = "It is indexed, in one part: taken back by src/.gitignore (!keep.gen.py).";
	await check("src/keep.gen.py", [kept, "!keep.gen.py", "src/.gitignore", 2]);
	const own = async (path: string, why: string) => check(path, [`It is left out: ${why}.`, why]);
	await own("node_modules/e/index.js", "dependencies (npm)");
	await own("data.json", "data, not source (.json)");
	await own("package-lock.json", "generated (a lockfile)");
	await own("wide.py", "minified or data (a line of 6006 characters)");
	await own("raw.py", "binary (not UTF-8 text)");
	if (process.platform !== "win32") await own("link.py", "a link to a.py");
	await check("src", ["It is a folder: its files are indexed one by one.", null]);
	indexed.write({ "late.py": code });
	const late = "No rule leaves it out, and it is not indexed: it will be with the next look at the folder.";
	await check("late.py", [late, null]);
	await assert.rejects(explainFile(folder, "no.py", home), { name: "notFound" });
	await assert.rejects(explainFile(folder, "../x.py", home), { name: "usage" });
});

test("A rule of the repository around the folder is named with its file", async (context) => {
	const { folder, home, write } = codeFolder(context, { ".gitignore": "*.tmp.py\n", "sub/a.tmp.py": code });
	mkdirSync(join(folder, ".git"));
	write({ "sub/b.py": code });
	const found = await explainFile(join(folder, "sub"), "a.tmp.py", home);
	assert.deepEqual([found.rule, found.source, found.line], ["*.tmp.py", join(folder, ".gitignore"), 1]);
});
