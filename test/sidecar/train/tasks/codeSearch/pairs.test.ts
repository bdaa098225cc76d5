import assert from "node:assert/strict";
import { test } from "node:test";
import { pairsOf } from "../../../../../sidecar/train/tasks/codeSearch/pairs.ts";

function documentOf(path: string, language: string, text: string) {
	return { path, language, text, hash: "" };
}

test("a documented function gives its documentation, its name, its comments and its messages", async () => {
	const text = `import os

def load_config(path):
    """Reads the settings of a project.

    More about it.
    """
    # A missing file is no error.
    if not os.path.exists(path):
        return load_config(None)
    raise ValueError("the settings of %s are broken" % path)
`;
	const pairs = await pairsOf(documentOf("a.py", "python", text));
	const bare = (name: string): string => `def ${name}(path):
    if not os.path.exists(path):
        return ${name}(None)
    raise ValueError("the settings of %s are broken" % path)`;
	assert.deepEqual(
		pairs.filter(({ kind }) => kind === "documentation"),
		[
			{
				kind: "documentation",
				query: "Reads the settings of a project.",
				code: `load_config\n${bare("load_config")}`,
				nameless: bare(""),
				name: "load_config",
			},
		],
	);
	const others = pairs.filter(({ kind }) => kind !== "documentation");
	assert.deepEqual(others.find(({ kind }) => kind === "name")?.code, bare(""));
	const comment = others.find(({ query }) => query === "A missing file is no error.");
	assert.equal(comment?.kind, "comment");
	assert.ok(comment.code.startsWith("if not os.path.exists(path):"));
	const message = others.find(({ kind }) => kind === "message");
	assert.equal(message?.query.replaceAll(/\s+/g, " "), "the settings of are broken");
	assert.ok(!message.code.includes("broken") && message.code.includes("os.path.exists"));
});

test("languages with comments before their functions give pairs too", async () => {
	const go =
		"package p\n\n// ReadAll reads until the end of a file.\n// It never fails.\nfunc ReadAll(r Reader) []byte {\n\treturn r.Read()\n}\n";
	const js =
		"/**\n * Adds all of the numbers.\n * @param {number[]} numbers\n */\nexport function sumUp(numbers) {\n  return numbers.reduce((a, b) => a + b);\n}\n";
	for (const [path, language, text, query, name] of [
		["a.go", "go", go, "ReadAll reads until the end of a file. It never fails.", "ReadAll"],
		["a.js", "javascript", js, "Adds all of the numbers.", "sumUp"],
	] as const) {
		const [pair] = (await pairsOf(documentOf(path, language, text))).filter(({ kind }) => kind === "documentation");
		assert.deepEqual([pair?.query, pair?.name], [query, name]);
		assert.ok(!pair!.nameless.includes(name) && pair!.code.includes(name));
	}
});

test("what says nothing gives no pair", async () => {
	const text = `# Copyright 2020 somebody else
def run(x):
    """Runs it."""
    return "ok" + x
`;
	assert.deepEqual(await pairsOf(documentOf("a.py", "python", text)), []);
	assert.deepEqual(await pairsOf(documentOf("a.txt", "text", "No code here at all.")), []);
	assert.deepEqual(await pairsOf(documentOf("a.py", "python", "")), []);
	await pairsOf(documentOf("a.py", "python", 'def broken(:\n """An open docstring that nobody closes'));
});

test("some lines of a longer function ask for the rest of it, without its name", async () => {
	const lines = Array.from({ length: 9 }, (_, at) => `    step${at}(value)`);
	const pairs = await pairsOf(documentOf("a.py", "python", `def run_steps(value):\n${lines.join("\n")}\n`));
	const codes = pairs.filter(({ kind }) => kind === "code");
	assert.equal(codes.length, 1);
	assert.equal(codes[0]!.query, lines.slice(2, 6).join("\n"));
	assert.equal(codes[0]!.code, ["def (value):", ...lines.slice(0, 2), ...lines.slice(6)].join("\n"));
	const short = await pairsOf(documentOf("a.py", "python", `def run_steps(value):\n${lines.slice(0, 6).join("\n")}\n`));
	assert.deepEqual(
		short.map(({ kind }) => kind),
		["name"],
	);
});
