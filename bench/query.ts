import { readFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createRandom, shuffle } from "../sidecar/base/random.ts";
import { createSearchService } from "../sidecar/compute/searchService.ts";
import { createSearching } from "../sidecar/compute/startSearch.ts";
import { realFolder } from "../sidecar/data/readers/realFolder.ts";
import { openIndex } from "../sidecar/search/index/chunkIndex.ts";
import { subTokens } from "../sidecar/search/subTokens.ts";
import { quantile } from "./statistics.ts";

/**
 * Queries on an index: `node --import tsx bench/query.ts FOLDER [QUERIES]`, after `maskwright index FOLDER --model M`.
 * A third of the queries are names of the folder, a third the words of names, a third the first words of a chunk's
 * text, which are mostly documentation. Tells the milliseconds of each part and of the whole, then those of the same
 * queries over the search process, with how long the asking process did not answer meanwhile, and how long all near-duplicates of the folder take.
 */
const [given, count = "150"] = process.argv.slice(2);
if (given === undefined) {
	console.error("usage: node --import tsx bench/query.ts FOLDER [QUERIES]");
	process.exit(2);
}
const folder = await realFolder(given);
const index = openIndex(folder, { readonly: true });
const { chunks, files, embedded } = index.counts();
console.log(
	`${files} files, ${chunks} chunks, ${embedded} with vectors, ${Math.round(index.sizeBytes() / chunks)} bytes a chunk`,
);
const queries = drawQueries(Number(count));
index.close();

const service = createSearchService();
const parts = ["embedding", "lexical", "vectors", "previews"] as const;
const times: Record<(typeof parts)[number] | "sum" | "whole" | "cpu", number[]> = {
	embedding: [],
	lexical: [],
	vectors: [],
	previews: [],
	sum: [],
	whole: [],
	cpu: [],
};
for (const query of queries.slice(0, 5)) await service.search({ folder, query, top: 20, typing: true });
for (const query of queries) {
	const [started, used] = [performance.now(), process.cpuUsage()];
	const { notice } = await service.search({ folder, query, top: 20, typing: true });
	times.whole.push(performance.now() - started);
	const { user, system } = process.cpuUsage(used);
	times.cpu.push((user + system) / 1_000);
	if (notice !== undefined) throw new Error(notice);
	const taken = service.lastTimes();
	for (const part of parts) times[part].push(taken[part]);
	times.sum.push(parts.reduce((sum, part) => sum + taken[part], 0));
}
const [began, spent] = [performance.now(), process.cpuUsage()];
const { clusters } = await service.duplicates({ folder, threshold: 0.05 });
const [tookSeconds, usedSeconds] = [(performance.now() - began) / 1_000, process.cpuUsage(spent).user / 1e6];
await service.close();
for (const [part, all] of Object.entries(times)) console.log(`${part.padEnd(10)} ${told(all)}`);
console.log(`whole / sum ${told(times.whole.map((whole, at) => whole / (times.sum[at] ?? 1)))}`);

console.log(
	`near-duplicates: ${clusters.length} groups in ${tookSeconds.toFixed(1)} s (${usedSeconds.toFixed(1)} s of processor)`,
);

const searching = createSearching({ log: (_level, message) => console.error(message) });
const { signal } = new AbortController();
await searching.ask("search", { folder, query: "warm", top: 20, typing: true }, signal);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const answered: number[] = [];
for (const query of queries) {
	const started = performance.now();
	await searching.ask("search", { folder, query, top: 20, typing: true }, signal);
	answered.push(performance.now() - started);
}
delay.disable();
await searching.shutdown();
console.log(`process    ${told(answered)}`);
console.log(`the asking process was late by at most ${(delay.max / 1e6).toFixed(1)} ms`);

function told(values: readonly number[]): string {
	const shown = [0.5, 0.95, 1].map((share) => quantile(values, share).toFixed(1).padStart(8));
	return `p50${shown[0]}  p95${shown[1]}  longest${shown[2]}`;
}

function drawQueries(wanted: number): string[] {
	const random = createRandom(1);
	const rows = index.database
		.prepare<{ symbol: string; name: string; path: string; start: number }>(
			"SELECT symbol, name, path, start FROM chunks JOIN files ON files.id = chunks.file WHERE name IS NOT NULL",
		)
		.all();
	const order = Array.from(rows.keys());
	shuffle(order, random);
	return order.slice(0, wanted).map((place, at) => {
		const { symbol, name, path, start } = rows[place]!;
		if (at % 3 === 0) return name;
		if (at % 3 === 1) return subTokens(symbol).join(" ");
		const text = readFileSync(join(folder, path), "utf8").slice(start, start + 400);
		return (text.match(/[A-Za-z]+/g) ?? []).slice(0, 12).join(" ");
	});
}
