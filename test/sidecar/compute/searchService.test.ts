import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { createSearchService } from "../../../sidecar/compute/searchService.ts";
import { openEmbedder } from "../../../sidecar/inference/embedder.ts";
import { indexFolder } from "../../support/indexedFolder.ts";
import { writeFiles } from "../../support/sampleFolder.ts";
import { saveInHome } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { fillTexts, tinyFillModel } from "../../support/tinyFillModel.ts";

/** The sample, indexed with the vectors of a tiny model that was never trained. */
async function served(t: TestContext, identity?: string) {
	const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
	writeFiles(folder);
	const model = saveInHome(home, "tiny", await tinyFillModel(fillTexts, { vocabularySize: 320, steps: 1 }));
	const embedder = await openEmbedder(model, { executionProvider: "cpu" });
	await indexFolder(folder, {
		home,
		dimension: embedder.dimension,
		model: { folder: model, identity: identity ?? embedder.identity },
		embed: (texts) => embedder.embed("code", texts),
	});
	await embedder.release();
	const service = createSearchService({ home });
	t.after(() => service.close());
	return { folder, home, model, service };
}

const code = `export function takeNextJob(queue: Job[], now: number): Job | undefined {
	const at = queue.findIndex((job) => job.due <= now);
	return at < 0 ? undefined : queue.splice(at, 1)[0];
}
`;

test("a query is embedded by the model of the index, and its parts are timed", async (t) => {
	const { folder, service } = await served(t);
	const { results, notice } = await service.search({ folder, query: "open a socket", top: 5, typing: false });
	assert.equal(notice, undefined);
	assert.equal(results[0]?.symbol, "HTTPServer.listen");
	assert.ok(results.every(({ vectorRank }) => vectorRank !== null));
	const { embedding, lexical, vectors, previews } = service.lastTimes();
	assert.ok([embedding, lexical, vectors, previews].every((time) => time > 0));
});

test("code like a selection is found, the selection itself left out", async (t) => {
	const { folder, service } = await served(t);
	const [same] = (await service.like({ folder, text: code, language: "typescript", top: 3 })).results;
	assert.deepEqual([same?.symbol, same?.lexicalRank, same?.vectorRank], ["takeNextJob", 1, 1]);
	const exclude = { path: "src/queue.ts", startLine: 1, endLine: 5 };
	const { results } = await service.like({ folder, text: code, language: "typescript", exclude, top: 3 });
	assert.ok(results.length > 0 && results.every(({ symbol }) => symbol !== "takeNextJob"));
	assert.equal(results[0]?.path, "test/queue.test.ts");
});

test("with a model that is gone or another one, words alone are searched, and it is said", async (t) => {
	const changed = await served(t, "another");
	const asked = { folder: changed.folder, query: "open a socket", top: 5, typing: false };
	const { results, notice } = await changed.service.search(asked);
	assert.deepEqual([results[0]?.symbol, results[0]?.vectorRank], ["HTTPServer.listen", null]);
	assert.match(notice ?? "", /Words alone were searched: the model hashed has changed/);
	const gone = await served(t);
	rmSync(gone.model, { recursive: true });
	const without = await gone.service.search({ ...asked, folder: gone.folder });
	assert.match(without.notice ?? "", /Words alone were searched/);
});

test("lines are read of files of the index alone", async (t) => {
	const { folder, service } = await served(t);
	const { text, of } = await service.read({ folder, path: "./src/queue.ts", startLine: 2, endLine: 3 });
	assert.deepEqual([text, of], [code.split("\n").slice(0, 2).join("\n"), 12]);
	writeFiles(folder, { ".env": "SECRET=1\n" });
	for (const path of [".env", "../../etc/passwd", "/etc/passwd", "src", "none.ts", ""]) {
		await assert.rejects(service.read({ folder, path, startLine: 1 }), (error) => isError(error, "notFound"), path);
	}
	const outside = service.read({ folder, path: "src/queue.ts", startLine: 99 });
	await assert.rejects(outside, (error) => isError(error, "usage"));
});

test("what small vectors of an index have found is ranked by the large ones, unless it is to be quick", async (t) => {
	const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
	writeFiles(folder);
	const parts = await tinyFillModel(fillTexts, { vocabularySize: 320, steps: 1 });
	const { layers, hiddenSize } = parts.config;
	const sizes = [
		[layers, hiddenSize],
		[layers - 1, 4],
	];
	const about = { roles: ["search" as const], scores: null, embedding: { sizes, fusionWeight: 1 } };
	const model = saveInHome(home, "tiny", parts, { about });
	const [small, large] = [
		await openEmbedder(model, { executionProvider: "cpu", size: "small" }),
		await openEmbedder(model, { executionProvider: "cpu" }),
	];
	t.after(async () => {
		await small.release();
		await large.release();
	});
	const { identity, size, dimension } = small;
	await indexFolder(folder, {
		home,
		dimension,
		model: { folder: model, identity, size },
		embed: (texts) => small.embed("code", texts),
	});
	const service = createSearchService({ home });
	t.after(() => service.close());
	const asked = { folder, query: "take the next job of a queue", top: 12, typing: false };
	const rough = await service.search({ ...asked, rough: true });
	assert.equal(rough.rough, true);
	assert.equal((await service.search({ ...asked, typing: true })).rough, true);
	const closer = await service.search(asked);
	assert.equal(closer.rough, undefined);
	const symbols = ({ results }: typeof rough) => results.map(({ path, startLine }) => `${path}:${startLine}`);
	assert.deepEqual(symbols(closer).sort(), symbols(rough).sort());
	assert.notDeepEqual(
		closer.results.map(({ score }) => score),
		rough.results.map(({ score }) => score),
	);
});
