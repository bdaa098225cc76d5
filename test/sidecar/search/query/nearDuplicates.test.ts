import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { isError } from "../../../../sidecar/base/errors.ts";
import { bandsOf, jaccard, likelyPairs, shingles } from "../../../../sidecar/search/query/minHash.ts";
import { nearDuplicates } from "../../../../sidecar/search/query/nearDuplicates.ts";
import { Searcher } from "../../../../sidecar/search/query/searcher.ts";
import { indexFolder } from "../../../support/indexedFolder.ts";
import { writeFiles } from "../../../support/sampleFolder.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";

const copied = (name: string, change = ""): string => `def ${name}(records, limit):
    """Group records by their owner, newest first, and cut each group."""
    groups = {}
    for record in sorted(records, key=lambda record: record.created, reverse=True):
        groups.setdefault(record.owner, []).append(record)
    ${change}
    return {owner: found[:limit] for owner, found in groups.items()}
`;

async function searcherOf(t: TestContext, texts: Record<string, string>, dimension: number): Promise<Searcher> {
	const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
	writeFiles(folder);
	writeFiles(folder, texts);
	await indexFolder(folder, { home, dimension });
	const searcher = new Searcher(folder, home);
	t.after(() => searcher.close());
	return searcher;
}

const symbolsOf = (clusters: Awaited<ReturnType<typeof nearDuplicates>>["clusters"]): string[] =>
	clusters.map(({ members }) => members.map(({ path, symbol }) => `${path} ${symbol}`).join(", "));

test("copies form a group, with a model and without, and what is only of the same kind does not", async (t) => {
	const texts = {
		"a.py": copied("group_records"),
		"b.py": copied("group_rows", "print(len(groups))"),
		"c/d.py": copied("group_records"),
	};
	for (const dimension of [0, 128]) {
		const searcher = await searcherOf(t, texts, dimension);
		const { clusters } = await nearDuplicates(searcher, { threshold: 0.3 });
		assert.deepEqual(symbolsOf(clusters), ["a.py group_records, b.py group_rows, c/d.py group_records"]);
		assert.ok(clusters[0]!.distance > 0.01 && clusters[0]!.distance <= 0.3, String(clusters[0]!.distance));
		const { clusters: same } = await nearDuplicates(searcher, { threshold: 0 });
		assert.deepEqual(symbolsOf(same), ["a.py group_records, c/d.py group_records"]);
		assert.equal(same[0]!.distance, 0);
	}
});

test("a file that changed since is left out, and a search that is cancelled ends", async (t) => {
	const searcher = await searcherOf(t, { "a.py": copied("one"), "b.py": copied("two") }, 0);
	writeFiles(searcher.folder, { "b.py": `# changed\n${copied("two")}` });
	assert.deepEqual((await nearDuplicates(searcher, { threshold: 1 })).clusters, []);
	const many = Array.from({ length: 300 }, (_, at) => copied(`name${at}`, `other_${at}(groups, ${at})`)).join("\n");
	const large = await searcherOf(t, { "large.py": many }, 0);
	const abort = new AbortController();
	const going = nearDuplicates(large, { threshold: 1, signal: abort.signal });
	abort.abort(); // it has got as far as its first wait
	await assert.rejects(going, (error) => isError(error, "interrupted"));
});

test("functions that share less than half of their code are no group, however wide the threshold", async (t) => {
	// Some of 40 that share two fifths with the first fall into a band with it.
	const lines = (of: string): string =>
		Array.from({ length: 40 }, (_, at) => `\tstep${at}${at % 5 < 2 ? "" : of}(value)`).join("\n");
	const names = Array.from({ length: 40 }, (_, at) => String.fromCharCode(97 + (at % 26)).repeat(3 + at));
	const texts = Object.fromEntries(
		["", ...names].map((of, at) => [`f${at}.py`, `def run_${at}(value):\n${lines(of)}\n`]),
	);
	const { clusters } = await nearDuplicates(await searcherOf(t, texts, 0), { threshold: 1 });
	assert.deepEqual(symbolsOf(clusters), []);
});

test("similar sets are likely pairs, different ones are not, and no pair comes twice", () => {
	const tokens = (from: number, count: number): string[] => Array.from({ length: count }, (_, at) => `t${from + at}`);
	const sets = [tokens(0, 100), tokens(10, 100), tokens(500, 100), tokens(0, 100)].map(shingles);
	const pairs = [...likelyPairs(sets.map(bandsOf))].map((pair) => pair.join());
	assert.deepEqual(pairs.sort(), ["0,1", "0,3", "1,3"]);
	assert.ok(Math.abs(jaccard(sets[0]!, sets[1]!) - 88 / 108) < 0.01);
});

test("the share of two sets is what counting gives", () => {
	const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 30 }));
	fc.assert(
		fc.property(numbers, numbers, (a, b) => {
			const [first, second] = [new Set(a), new Set(b)];
			const shared = a.filter((one) => second.has(one)).length;
			const all = new Set([...first, ...second]).size;
			const sorted = (some: number[]): Uint32Array => Uint32Array.from(some).sort();
			assert.equal(jaccard(sorted(a), sorted(b)), all === 0 ? 1 : shared / all);
		}),
	);
});
