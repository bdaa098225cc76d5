import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { indexFolder } from "../../support/indexedFolder.ts";
import { writeFiles } from "../../support/sampleFolder.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const main = join(import.meta.dirname, "..", "..", "..", "sidecar", "cli", "main.ts");

/** The SDK's own client, connected to the program over its standard input and output. */
async function connected(t: TestContext) {
	const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
	writeFiles(folder);
	const client = new Client({ name: "test", version: "1" });
	const transport = new StdioClientTransport({
		command: process.execPath,
		args: ["--import", "tsx", main, "mcp", "--folder", folder],
		env: { ...(process.env as Record<string, string>), MASKWRIGHT_HOME: home },
		stderr: "pipe",
	});
	await client.connect(transport);
	t.after(() => client.close());
	const call = async (name: string, args: Record<string, unknown>) => {
		const { content, isError = false, structuredContent } = await client.callTool({ name, arguments: args });
		const [first] = content as { type: string; text: string }[];
		return { text: first?.text ?? "", isError, structured: structuredContent as { results: { location: string }[] } };
	};
	return { client, folder, home, call };
}

test("an agent lists the tools, is told how to make an index, and finds code once there is one", async (t) => {
	const { client, folder, home, call } = await connected(t);
	const { tools } = await client.listTools();
	assert.deepEqual(
		tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]),
		[
			["search_code", true],
			["similar_code", true],
			["read_code", true],
		],
	);
	const none = await call("search_code", { query: "socket" });
	assert.deepEqual([none.isError, none.text.includes(`maskwright index ${folder}`)], [true, true]);
	await indexFolder(folder, { home, dimension: 0 });
	const found = await call("search_code", { query: "open a socket lang:python" });
	assert.equal(found.isError, false);
	assert.equal(found.structured.results[0]?.location, "src/server/http.py:7-10");
	assert.match(found.text, /^src\/server\/http\.py:7-10 {2}HTTPServer\.listen \(method\)\n {4}def listen/);
	writeFiles(folder, { "late.ts": "export function addedLater(): string {\n\treturn 'afterwards';\n}\n" });
	await indexFolder(folder, { home, dimension: 0 });
	assert.equal((await call("search_code", { query: "addedLater" })).structured.results[0]?.location, "late.ts:1-3");
	const wrong = await call("search_code", { query: "kind:struct" });
	assert.deepEqual([wrong.isError, /function, method, class, block/.test(wrong.text)], [true, true]);
});

test("an agent reads and compares what is indexed, and nothing outside of the folder", async (t) => {
	const { folder, home, call } = await connected(t);
	await indexFolder(folder, { home, dimension: 0 });
	const read = await call("read_code", { path: "src/queue.ts", startLine: 2, endLine: 3 });
	assert.match(read.text, /^src\/queue\.ts:2-3 of 12 lines\n\nexport function takeNextJob/);
	const like = await call("similar_code", { path: "src/queue.ts", startLine: 1, endLine: 5 });
	assert.equal(like.structured.results[0]?.location, "test/queue.test.ts:3-6");
	for (const path of ["/etc/passwd", "../../../etc/passwd", `${folder}/../x`, ".git/config"]) {
		const refused = await call("read_code", { path });
		assert.deepEqual([refused.isError, /is not in the index/.test(refused.text)], [true, true], path);
		assert.equal((await call("similar_code", { path })).isError, true);
	}
	assert.equal((await call("similar_code", {})).isError, true);
});
