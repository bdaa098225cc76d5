import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { createSearching } from "../../../sidecar/compute/startSearch.ts";
import { indexFolder } from "../../support/indexedFolder.ts";
import { writeFiles } from "../../support/sampleFolder.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

async function searching(t: TestContext) {
	const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
	writeFiles(folder);
	await indexFolder(folder, { home, dimension: 0 });
	const logged: string[] = [];
	const process = createSearching({ home, log: (_level, message) => logged.push(message) });
	t.after(() => process.shutdown());
	const request = { folder, query: "open a socket", top: 3, typing: false };
	return { process, logged, request, signal: new AbortController().signal };
}

test("a search process answers, and errors keep their names", async (t) => {
	const { process, request, signal } = await searching(t);
	const { results } = await process.ask("search", request, signal);
	assert.equal(results[0]?.symbol, "HTTPServer.listen");
	const wrong = process.ask("search", { ...request, query: "kind:struct" }, signal);
	await assert.rejects(wrong, (error) => isError(error, "usage"));
});

test("a question outlives the death of its process", async (t) => {
	const { process: own, request, signal, logged } = await searching(t);
	await own.ask("search", request, signal);
	const pid = own.pid!;
	process.kill(pid, "SIGSTOP");
	const going = own.ask("search", request, signal);
	process.kill(pid, "SIGKILL");
	assert.equal((await going).results[0]?.symbol, "HTTPServer.listen");
	assert.notEqual(own.pid, pid);
	assert.match(logged.join("\n"), /search process ended by signal SIGKILL/);
});

test("a question that is cancelled is refused at once, whatever the process does", async (t) => {
	const { process: own, request, signal } = await searching(t);
	await own.ask("search", request, signal);
	process.kill(own.pid!, "SIGSTOP");
	const abort = new AbortController();
	const going = own.ask("search", request, abort.signal);
	abort.abort();
	await assert.rejects(going, (error) => isError(error, "interrupted"));
	process.kill(own.pid!, "SIGCONT");
	assert.equal((await own.ask("search", request, signal)).results.length > 0, true);
});
