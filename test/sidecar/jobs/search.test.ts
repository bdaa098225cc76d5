import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type TestContext, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { duplicatesSchema, searchResultsSchema } from "../../../sidecar/protocol/search.ts";
import { indexFolder } from "../../support/indexedFolder.ts";
import { jobsUnderTest } from "../../support/jobsUnderTest.ts";
import { writeFiles } from "../../support/sampleFolder.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { uncancelled } from "../../support/tinyJob.ts";

async function jobsWithIndex(t: TestContext) {
	const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
	writeFiles(folder);
	writeFiles(folder, { "copy.go": 'package copy\n\nimport "fmt"\n' });
	await indexFolder(folder, { home, dimension: 0 });
	const { jobs } = await jobsUnderTest(home);
	t.after(() => jobs.shutdown());
	return { folder, home, handlers: jobs.handlers };
}

test("the sidecar searches, finds code like a selection, and copies", async (t) => {
	const { folder, home, handlers } = await jobsWithIndex(t);
	const found = searchResultsSchema.parse(await handlers.search({ folder, query: "open a sock", top: 5 }, uncancelled));
	assert.deepEqual([found.results[0]?.symbol, found.indexed], ["HTTPServer.listen", { files: 5, of: 5 }]);
	const text = "def parse_headers(lines):\n    for line in lines: name, _, value = line.partition(':')\n";
	const like = await handlers.searchLike({ folder, text, language: "python", top: 3 }, uncancelled);
	assert.equal(like.results[0]?.symbol, "parse_headers");
	const { clusters: none } = await handlers.nearDuplicates({ folder, threshold: 0.2 }, uncancelled);
	assert.deepEqual(none, []);
	const copy = `export function sumOfPrices(items: Item[], rate: number): number {
	let total = 0;
	for (const item of items) total += item.price * item.count * (1 + rate);
	return Math.round(total * 100) / 100;
}
`;
	writeFiles(folder, { "one.ts": copy, "two.ts": copy.replace("sumOfPrices", "priceOfAll") });
	await indexFolder(folder, { home, dimension: 0 });
	const { clusters } = duplicatesSchema.parse(await handlers.nearDuplicates({ folder, threshold: 0.4 }, uncancelled));
	assert.deepEqual(
		clusters.map(({ members }) => members.map(({ path }) => path)),
		[["one.ts", "two.ts"]],
	);
});

test("the sidecar refuses what cannot be searched, with a sentence", async (t) => {
	const { folder, handlers } = await jobsWithIndex(t);
	const refused = (params: { folder: string; query: string }, ...names: Parameters<typeof isError>[1][]) =>
		assert.rejects(handlers.search({ top: 5, ...params }, uncancelled), (error) => isError(error, ...names));
	await refused({ folder, query: "kind:struct" }, "usage");
	await refused({ folder: "relative", query: "x" }, "usage");
	await refused({ folder: temporaryFolder(t), query: "x" }, "notFound");
	assert.deepEqual((await handlers.search({ folder, query: "  ", top: 5 }, uncancelled)).results, []);
	await handlers.deleteIndex({ folder }, uncancelled);
	await refused({ folder, query: "socket" }, "notFound");
});

test("searching does not keep the sidecar from answering", async (t) => {
	const { folder, handlers } = await jobsWithIndex(t);
	await handlers.search({ folder, query: "warm", top: 5 }, uncancelled);
	const delay = monitorEventLoopDelay({ resolution: 1 });
	delay.enable();
	const query = Array.from({ length: 5_000 }, (_, at) => `word${at}`).join(" ");
	await Promise.all(Array.from({ length: 10 }, () => handlers.search({ folder, query, top: 100 }, uncancelled)));
	delay.disable();
	// The median: what the machine does beside may hold up a single turn.
	assert.ok(delay.percentile(50) < 50e6, `${delay.percentile(50)} ns`);
});
