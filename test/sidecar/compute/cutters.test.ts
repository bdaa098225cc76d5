import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { FolderIndexer } from "../../../sidecar/search/index/folderIndexer.ts";
import { type Cutter, chunksBySyntax, cutterHere } from "../../../sidecar/search/index/sourceChunks.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

// Threads begin from what is built: the loader of the sources does not reach them.
const built = new URL("../../../dist/sidecar/compute/cutters.js", import.meta.url);
const { Cutters }: typeof import("../../../sidecar/compute/cutters.ts") = await import(built.href);

const limit = { timeout: 120_000 };
const text = (name: string) => `/** Adds. */\nexport function ${name}(left, right) {\n\treturn left + right;\n}\n`;

test(
	"threads cut a text as this one does, many at once, and begin anew after they were ended",
	limit,
	async (context) => {
		const cutters = new Cutters(2);
		context.after(() => cutters.release());
		const names = Array.from({ length: 40 }, (_, place) => `sum${place}`);
		const all = await Promise.all(names.map((name) => cutters.cut(text(name), "javascript")));
		for (const [place, chunks] of all.entries())
			assert.deepEqual(chunks, await chunksBySyntax(text(names[place]!), "javascript"));
		await cutters.release();
		assert.deepEqual(await cutters.cut(text("again"), "javascript"), await chunksBySyntax(text("again"), "javascript"));
	},
);

test("this thread is free while another cuts", limit, async (context) => {
	const cutters = new Cutters(1);
	context.after(() => cutters.release());
	await cutters.cut(text("warm"), "javascript");
	const long = Array.from({ length: 20_000 }, (_, place) => text(`long${place}`)).join("\n");
	const before = performance.eventLoopUtilization();
	const chunks = await cutters.cut(long, "javascript");
	const { utilization } = performance.eventLoopUtilization(before);
	assert.equal(chunks.length, 20_000);
	assert.ok(utilization < 0.5, `busy for ${(100 * utilization).toFixed(0)}% of the time`);
});

test("what a thread that ends had not done is done all the same", limit, async () => {
	const cutters = new Cutters(1);
	const cut = Promise.all(Array.from({ length: 20 }, (_, place) => cutters.cut(text(`late${place}`), "javascript")));
	await cutters.release();
	assert.equal((await cut).flat().filter(({ symbol }) => symbol?.startsWith("late")).length, 20);
});

test(
	"an index that threads cut for is the one that this thread makes, and vectors are made meanwhile",
	limit,
	async (context) => {
		const folder = temporaryFolder(context);
		const tree = join(folder, "tree");
		for (let file = 0; file < 150; file++) {
			mkdirSync(join(tree, `part${file % 5}`), { recursive: true });
			const functions = Array.from({ length: 12 }, (_, place) => text(`f${file}x${place}`)).join("\n");
			writeFileSync(join(tree, `part${file % 5}`, `file${file}.js`), functions);
		}
		const cutters = new Cutters(2);
		context.after(() => cutters.release());
		const [beside, here] = [await indexed("beside", cutters), await indexed("here", cutterHere)];
		assert.equal(beside.status.embedded, 1_800);
		assert.deepEqual(beside.status, here.status);
		assert.ok(beside.between > 0, "no vectors were made before the last file was cut");

		async function indexed(name: string, cutter: Cutter) {
			let between = 0;
			const indexer: FolderIndexer = new FolderIndexer({
				folder: tree,
				home: join(folder, name),
				cutter,
				openModel: async () => ({
					model: { name: "counted", folder, identity: "counted", dimension: 4 },
					embed: async (texts) => {
						if (indexer.status().state === "indexing") between += texts.length;
						return new Float32Array(texts.length * 4).fill(0.5);
					},
				}),
			});
			indexer.rescan();
			while (await indexer.work());
			const { bytes: _, ...status } = indexer.status();
			return { status, between };
		}
	},
);
