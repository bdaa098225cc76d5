import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readCorpus } from "../../../../sidecar/data/readers/corpus.ts";
import { withTree } from "./tree.ts";

const environment = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };

/** The files of `paths` that git leaves in, by `git check-ignore`. */
function keptByGit(root: string, paths: readonly string[]): string[] {
	const { stdout, status, stderr } = spawnSync("git", ["check-ignore", "--stdin", "--no-index", "-z"], {
		cwd: root,
		input: paths.join("\0"),
		encoding: "utf8",
		env: environment,
	});
	assert.ok(status === 0 || status === 1, stderr);
	const ignored = new Set(stdout.split("\0"));
	return paths.filter((path) => !ignored.has(path)).sort();
}

async function kept(folder: string): Promise<string[]> {
	try {
		return (await readCorpus(folder)).documents.map((document) => document.path).sort();
	} catch {
		return [];
	}
}

/** Source files with texts of their own, in folders named so that patterns often match. */
function sources(paths: readonly string[]): Record<string, string> {
	return Object.fromEntries(paths.map((path, index) => [path, `x = ${index}\n`]));
}

const paths = ["a", "b", "c"].flatMap((one) => [
	`${one}.py`,
	...["a", "b", "c d"].flatMap((two) => [`${one}/${two}.py`, `${one}/${two}/a.py`, `${one}/${two}/b.js`]),
]);

async function agreesWithGit(ignoreFiles: Readonly<Record<string, string>>): Promise<void> {
	await withTree(sources(paths), async (root) => {
		execFileSync("git", ["init", "-q"], { cwd: root, env: environment });
		for (const [file, text] of Object.entries(ignoreFiles)) {
			mkdirSync(dirname(join(root, file)), { recursive: true });
			writeFileSync(join(root, file), text);
		}
		assert.deepEqual(await kept(root), keptByGit(root, paths), JSON.stringify(ignoreFiles));
	});
}

test("Nested ignore files, negations, anchors and excluded parents mean what they mean to git", async () => {
	for (const files of [
		{ ".gitignore": "*.py\n!a.py\n" },
		{ ".gitignore": "/a/\n!a/a.py\n" },
		{ ".gitignore": "a/*\n!a/b/\n" },
		{ ".gitignore": "b\n", "a/.gitignore": "!b\n" },
		{ ".gitignore": "b/\n", "a/.gitignore": "!b/\na.py\n", "a/b/.gitignore": "!a.py\n" },
		{ ".gitignore": "a/**/a.py\n**/b.js\n" },
		{ ".gitignore": "/*\n!/b/\n/b/*\n!/b/a/\n" },
		{ ".gitignore": "c d\n" },
		{ ".gitignore": "c\\ d/a.py\nb.py   \n" },
		{ ".gitignore": "# a.py\n\\#a.py\n\n\\!b.py\n" },
		{ ".gitignore": "[ab].py\n?.js\n" },
		{ ".gitignore": "a/b\r\nc.py\r\n" },
		{ "a/.gitignore": "/a.py\nb/a.py\n" },
		{ "a/c d/.gitignore": "*.js\n", "b/.gitignore": "*\n!.gitignore\n!c d/\n" },
		{ ".git/info/exclude": "*.js\na.py\n", ".gitignore": "!b/a.py\n" },
		{ ".gitignore": "\uFEFFa.py\n" },
		{ ".gitignore": "A.py\nB/\n" },
	]) {
		await agreesWithGit(files);
	}
});

test("Generated trees of patterns are read as git reads them", async () => {
	const name = fc.constantFrom("a", "b", "c", "c d", "*", "**", "a.py", "b.py", "*.py", "*.js", "?", "[ab]", "a*");
	const pattern = fc
		.record({
			negation: fc.boolean(),
			anchor: fc.boolean(),
			names: fc.array(name, { minLength: 1, maxLength: 3 }),
			folder: fc.boolean(),
		})
		.map(({ negation, anchor, names, folder }) => {
			return `${negation ? "!" : ""}${anchor ? "/" : ""}${names.join("/")}${folder ? "/" : ""}`;
		});
	const text = fc.array(pattern, { maxLength: 4 }).map((lines) => `${lines.join("\n")}\n`);
	const files = fc.dictionary(
		fc.constantFrom(".gitignore", "a/.gitignore", "a/b/.gitignore", "b/c d/.gitignore", ".git/info/exclude"),
		text,
		{ minKeys: 1, maxKeys: 4 },
	);
	await fc.assert(fc.asyncProperty(files, agreesWithGit), { numRuns: 60 });
});

test("A folder inside a repository obeys the ignore files around it, unless it is ignored as a whole", async () => {
	await withTree(sources(["a/x/a.py", "a/x/b.py", "a/x/c.py", "built/a.py", "built/b.py"]), async (root) => {
		execFileSync("git", ["init", "-q"], { cwd: root, env: environment });
		writeFileSync(join(root, ".gitignore"), "b.py\nbuilt/\n");
		writeFileSync(join(root, "a/.gitignore"), "/x/c.py\n");
		assert.deepEqual(await kept(join(root, "a/x")), ["a.py"]);
		assert.deepEqual(await kept(join(root, "built")), ["a.py", "b.py"]);
	});
});

test("Ignore files count without git, and .maskwrightignore speaks after .gitignore", async () => {
	await withTree(
		{
			...sources(["a.py", "b.py", "c.py", "d/a.py"]),
			".gitignore": "a.py\nb.py\n",
			".maskwrightignore": "!b.py\nc.py\n",
		},
		async (root) => {
			assert.equal(existsSync(join(root, ".git")), false);
			assert.deepEqual(await kept(root), ["b.py"]);
			const { leftOut } = await readCorpus(root);
			assert.deepEqual(leftOut.find(({ path }) => path === "d/a.py")?.why, "ignored by .gitignore (a.py)");
			assert.deepEqual(leftOut.find(({ path }) => path === "c.py")?.why, "ignored by .maskwrightignore (c.py)");
		},
	);
});
