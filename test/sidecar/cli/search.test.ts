import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { searchResultsSchema, searchScoresSchema } from "../../../sidecar/protocol/search.ts";
import { openIndex } from "../../../sidecar/search/index/chunkIndex.ts";
import { callCli } from "../../support/callCli.ts";
import { indexFolder } from "../../support/indexedFolder.ts";
import { writeFiles } from "../../support/sampleFolder.ts";
import { saveInHome } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { fillTexts, tinyFillModel } from "../../support/tinyFillModel.ts";
import { useUserFolder } from "../../support/userFolder.ts";

async function sample(t: TestContext): Promise<string> {
	const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
	useUserFolder(t, home);
	writeFiles(folder);
	await indexFolder(folder, { home, dimension: 0 });
	return folder;
}

test("maskwright search prints JSON, or places with numbered lines and reasons", async (t) => {
	const folder = await sample(t);
	const json = await callCli(["search", "open", "a", "socket", "--folder", folder, "--top", "2", "--json"]);
	const { results, indexed } = searchResultsSchema.parse(JSON.parse(json.stdout));
	assert.deepEqual([results.length, results[0]?.symbol, indexed], [2, "HTTPServer.listen", { files: 4, of: 4 }]);
	const shown = await callCli(["search", "open a socket", "--folder", folder, "--top", "1"]);
	assert.equal(
		shown.stdout,
		`src/server/http.py:7-10  HTTPServer.listen method
  words: rank 1 · matched Open, socket
   7      def listen(self, port):
   8          """Open a socket and wait for connections."""
   9          self.socket = socket.create_server(("", port))
  10          return self.accept_connections(self.socket)

from 4 files
`,
	);
	const coloured = await callCli(["search", "open a socket", "--folder", folder], { FORCE_COLOR: "1" });
	assert.ok(coloured.stdout.includes("\u001b[36mOpen\u001b[39m"));
	const nothing = await callCli(["search", "zebra", "--folder", folder]);
	assert.deepEqual([nothing.exitCode, nothing.stdout], [0, "Nothing found from 4 files\n"]);
});

test("maskwright search says what is wrong", async (t) => {
	const folder = await sample(t);
	const rows: [string[], number, RegExp][] = [
		[["search", "kind:struct", "--folder", folder], 2, /none of function, method, class, block/],
		[["search", " ", "--folder", folder], 2, /needs a query/],
		[["search", "x", "--folder", temporaryFolder(t)], 1, /has no index yet\. Index it: maskwright index/],
		[["search", "x", "--folder", join(folder, "none")], 1, /does not exist/],
	];
	for (const [args, exitCode, message] of rows) {
		const result = await callCli(args);
		assert.deepEqual([result.exitCode, result.stdout], [exitCode, ""], args.join(" "));
		assert.match(result.stderr, message);
	}
});

test("maskwright eval search scores BM25 without a model", async (t) => {
	const file = join(temporaryFolder(t), "pairs.jsonl");
	const pair = (func_name: string, docstring: string, code: string): string =>
		JSON.stringify({ func_name, docstring, code });
	writeFileSync(
		file,
		`${pair("add", "Add two numbers", "def add(a, b): return a + b")}\n\n${pair("run", "Start it", "def run(job): job()")}\n`,
	);
	const json = await callCli(["eval", "search", "--data", file, "--json"]);
	const scores = searchScoresSchema.parse(JSON.parse(json.stdout));
	assert.deepEqual([scores.queries, scores.bm25.recall1, scores.encoder], [2, 0.5, null]);
	const masked = await callCli(["eval", "search", "--data", file, "--mask-names"]);
	assert.match(masked.stdout, /without their names\n.*MRR.*\nBM25 +0\.000/);
	writeFileSync(file, '{"docstring": "x"}\n');
	const broken = await callCli(["eval", "search", "--data", file]);
	assert.deepEqual([broken.exitCode, /line 1: this is no JSON object/.test(broken.stderr)], [1, true]);
});

test("an index of small vectors is searched, ranked by the large ones too, and grows large when it is asked to", async (t) => {
	const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
	useUserFolder(t, home);
	writeFiles(folder);
	const parts = await tinyFillModel(fillTexts, { vocabularySize: 320, steps: 1 });
	const { layers, hiddenSize } = parts.config;
	const sizes = [
		[layers, hiddenSize],
		[1, 8],
	];
	const model = saveInHome(home, "several", parts, {
		about: { roles: ["search"], scores: null, embedding: { sizes, fusionWeight: 1 } },
	});
	saveInHome(home, "one", parts, { about: { roles: ["search"], scores: null } });
	const indexed = async (...flags: string[]) => {
		const { stdout, stderr, exitCode } = await callCli(["index", folder, "--json", ...flags]);
		return { exitCode, stderr, done: JSON.parse(stdout.trimEnd().split("\n").at(-1) || "{}") };
	};
	const dimension = (): number | undefined => {
		const index = openIndex(folder, { home, readonly: true });
		const { model: held } = index.header;
		index.close();
		return held?.dimension;
	};
	const first = await indexed("--model", model, "--size", "small");
	assert.deepEqual([first.stderr, first.done.embedded > 0, dimension()], ["", true, 8]);
	const scores = async (...flags: string[]): Promise<number[]> => {
		const { stdout } = await callCli(["search", "open a socket", "--folder", folder, "--json", ...flags]);
		return searchResultsSchema.parse(JSON.parse(stdout)).results.map(({ score }) => score);
	};
	assert.notDeepEqual(await scores("--size", "small"), await scores());
	assert.equal((await indexed()).done.embedded, 0, "the size stays");
	const large = await indexed("--size", "large");
	assert.deepEqual([large.done.embedded > 0, dimension()], [true, hiddenSize]);
	assert.deepEqual(await scores("--size", "small"), await scores());
	const none = await indexed("--model", "one", "--size", "small");
	assert.match(none.done.message, /has no small vectors: it was trained for one alone/);
	assert.equal(dimension(), hiddenSize, "what the index has stays");
	const wrong = await indexed("--size", "medium");
	assert.match(wrong.stderr, /"medium" is no size\. Write small, large, or layers,units/);
	assert.match((await indexed("--verify", "--size", "small")).stderr, /--size has no meaning with --verify/);
});
