import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { isError } from "../../../../sidecar/base/errors.ts";
import { parseQuery } from "../../../../sidecar/search/query/parseQuery.ts";
import { Searcher } from "../../../../sidecar/search/query/searcher.ts";
import { indexLayout } from "../../../../sidecar/store/layout.ts";
import { hashedVectors } from "../../../support/hashedVectors.ts";
import { indexFolder } from "../../../support/indexedFolder.ts";
import { writeFiles } from "../../../support/sampleFolder.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";

const dimension = 64;

async function searched(t: TestContext, units = dimension) {
	const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
	writeFiles(folder);
	await indexFolder(folder, { home, dimension: units });
	const searcher = new Searcher(folder, home);
	t.after(() => searcher.close());
	const search = (query: string, change: Partial<Parameters<Searcher["search"]>[0]> = {}) => {
		const parsed = parseQuery(query);
		const vector = units === 0 ? undefined : hashedVectors([parsed.text], units);
		return searcher.search({ query: parsed, vector, weight: 0.05, typing: false, top: 10, ...change });
	};
	const symbols = async (query: string, change = {}): Promise<(string | null)[]> =>
		(await search(query, change)).results.map(({ symbol }) => symbol);
	return { folder, home, searcher, search, symbols };
}

test("a result tells where it stands, its ranks, the words that matched and its text", async (t) => {
	const { search } = await searched(t);
	const { results, indexed } = await search("parsing request headers");
	const [first] = results;
	assert.ok(first !== undefined && first.score > 1);
	const { score: _, preview, start, end, ...rest } = first;
	assert.deepEqual(rest, {
		path: "src/server/http.py",
		startLine: 18,
		endLine: 24,
		symbol: "parse_headers",
		kind: "function",
		language: "python",
		lexicalRank: 1,
		vectorRank: 1,
		matchedTerms: ["parse", "request", "headers"],
	});
	assert.match(preview, /^def parse_headers\(lines\):\n {4}"""Parse/);
	assert.ok(preview.length <= end - start);
	assert.deepEqual(indexed, { files: 4, of: 4 });
	const [named] = (await search("request of parse_headers")).results;
	assert.deepEqual(named?.matchedTerms, ["request", "parse_headers"], "a name's parts go without saying");
});

test("a name comes first, in its own case before others, and a name within a query within the first three", async (t) => {
	const { folder, home, symbols } = await searched(t);
	writeFiles(folder, {
		"names.js": `function listen() { return 1; }
function LISTEN() { return listen(listen(listen(), listen()), listen()); }
`,
		"more.js": Array.from({ length: 12 }, (_, at) => `function use${at}() { return listen("listen", listen); }`).join(
			"\n",
		),
	});
	await indexFolder(folder, { home, dimension });
	assert.deepEqual((await symbols("listen")).slice(0, 3).sort(), ["HTTPServer.listen", "LISTEN", "listen"]);
	assert.equal((await symbols("LISTEN"))[0], "LISTEN");
	assert.equal((await symbols("HTTPServer.listen"))[0], "HTTPServer.listen");
	assert.equal((await symbols("HTTPServer::listen()"))[0], "HTTPServer.listen");
	assert.equal((await symbols("httpserver"))[0], "HTTPServer");
	const within = await symbols("where do we listen to RetryPolicy.waitBefore and listen again");
	assert.ok(
		within.indexOf("RetryPolicy.waitBefore") >= 0 && within.indexOf("RetryPolicy.waitBefore") < 3,
		within.join(),
	);
});

test("filters hold before results are cut", async (t) => {
	const { search, symbols } = await searched(t);
	const paths = async (query: string): Promise<string[]> => [
		...new Set((await search(query)).results.map(({ path }) => path)),
	];
	assert.deepEqual(await paths("queue job lang:go"), ["lib/math/matrix.go"]);
	assert.deepEqual(await paths("queue path:test/**"), ["test/queue.test.ts"]);
	assert.ok(!(await paths("queue -path:test")).includes("test/queue.test.ts"));
	assert.deepEqual(await symbols("kind:class"), ["RetryPolicy", "HTTPServer"]);
	assert.deepEqual(await symbols("socket symbol:*Server.acc*"), ["HTTPServer.accept_connections"]);
	assert.ok(
		(await search("lang:python lang:go -kind:class")).results.every(({ language }) => language !== "typescript"),
	);
	assert.deepEqual((await search("path:nowhere queue")).results, []);
});

test("the last word may be on the way to one", async (t) => {
	const { symbols } = await searched(t, 0);
	for (const query of ["transp", "transpos", "Transposi", "take the next jo"]) {
		const typed = await symbols(query, { typing: true });
		assert.equal(typed[0], query.startsWith("take") ? "takeNextJob" : "Transpose", query);
	}
	assert.deepEqual(await symbols("trans"), []);
	assert.equal((await symbols("matchin headers parsin", { typing: true }))[0], "parse_headers");
});

test("without vectors, words alone rank; without words in common, vectors alone do", async (t) => {
	const plain = await searched(t, 0);
	const [first] = (await plain.search("open a socket")).results;
	assert.deepEqual([first?.symbol, first?.lexicalRank, first?.vectorRank], ["HTTPServer.listen", 1, null]);
	const { search } = await searched(t);
	const vector = hashedVectors(["transpose matrix rows columns result"], dimension);
	const [nearest] = (await search("zzz", { vector })).results;
	assert.deepEqual([nearest?.symbol, nearest?.lexicalRank, nearest?.vectorRank], ["Transpose", null, 1]);
});

test("what is written to the index shows in the next search, another index in its place too", async (t) => {
	const { folder, home, search, symbols } = await searched(t);
	writeFiles(folder, { "new.py": "def freshly_written(things):\n    return [thing.freshness for thing in things]\n" });
	await indexFolder(folder, { home, dimension });
	const [first] = (await search("freshly written")).results;
	assert.deepEqual([first?.symbol, first?.vectorRank === null], ["freshly_written", false]);
	rmSync(join(folder, "new.py"));
	await indexFolder(folder, { home, dimension });
	assert.ok(!(await symbols("freshly written")).includes("freshly_written"));
	rmSync(indexLayout(folder, home).index, { recursive: true });
	await assert.rejects(
		search("socket"),
		(error) => isError(error, "notFound") && /maskwright index/.test(error.message),
	);
	await indexFolder(folder, { home, dimension: 32 });
	const vector = hashedVectors(["open a socket"], 32);
	assert.equal((await symbols("open a socket", { vector }))[0], "HTTPServer.listen");
});

test("a file that changed since is marked, one that is gone or leads elsewhere shows nothing", async (t) => {
	const { folder, search } = await searched(t);
	const file = join(folder, "lib/math/matrix.go");
	appendFileSync(file, "\n// more\n");
	const [changed] = (await search("Transpose")).results;
	assert.deepEqual(
		[changed?.stale, changed?.preview.split("\n")[1]],
		[true, "func Transpose(m [][]float64) [][]float64 {"],
	);
	rmSync(file);
	const [gone] = (await search("Transpose")).results;
	assert.deepEqual([gone?.stale, gone?.preview], [true, ""]);
	const secret = join(temporaryFolder(t), "secret.go");
	writeFileSync(secret, "the secret\n".repeat(20));
	symlinkSync(secret, file);
	assert.equal((await search("Transpose")).results[0]?.preview, "");
	rmSync(file);
	renameSync(join(folder, "lib"), join(folder, "moved"));
	mkdirSync(join(folder, "elsewhere"));
	symlinkSync(temporaryFolder(t), join(folder, "lib"));
	assert.equal((await search("Transpose")).results[0]?.preview, "");
});

test("a damaged index is refused with a sentence", async (t) => {
	const { folder, home } = await searched(t);
	writeFileSync(indexLayout(folder, home).database, "no database at all, but a text of some length");
	const again = new Searcher(folder, home);
	const query = parseQuery("socket");
	await assert.rejects(
		again.search({ query, weight: 0, typing: false, top: 3 }),
		(error) => isError(error, "indexInvalid", "storage") && /\.$/.test(error.message),
	);
});

test("any query gives a ranking without repetitions or a sentence", async (t) => {
	const { search } = await searched(t);
	const special = fc.constantFrom(
		'"',
		"NEAR(a b)",
		"*",
		"-x",
		":",
		"a:b",
		"(",
		"AND",
		"OR",
		"NOT",
		"\ud800",
		"^a",
		"{name}",
		"\0",
		"socket",
		"queue",
	);
	const queries = fc.array(fc.oneof(special, fc.string({ unit: "binary", maxLength: 12 })), { maxLength: 8 });
	await fc.assert(
		fc.asyncProperty(queries, async (words) => {
			let results: { path: string; start: number }[] = [];
			try {
				results = (await search(words.join(" "), { typing: true, top: 50 })).results;
			} catch (error) {
				assert.ok(isError(error, "usage"), String(error));
			}
			assert.equal(new Set(results.map(({ path, start }) => `${path} ${start}`)).size, results.length);
		}),
		{ numRuns: 150 },
	);
});

test("an exact name is within the first three whatever surrounds it", async (t) => {
	const { symbols } = await searched(t);
	const names = ["takeNextJob", "parse_headers", "HTTPServer", "RetryPolicy.waitBefore", "accept_connections"];
	const around = fc.array(fc.constantFrom("where", "is", "the", "socket", "queue", "job", "header", "result"), {
		maxLength: 6,
	});
	await fc.assert(
		fc.asyncProperty(fc.constantFrom(...names), around, around, async (name, before, after) => {
			const found = await symbols([...before, name, ...after].join(" "));
			assert.ok(
				found.slice(0, 3).some((symbol) => symbol === name || symbol?.endsWith(`.${name}`)),
				found.join(),
			);
		}),
		{ numRuns: 60 },
	);
});

test("a query of 100 kB is answered soon", async (t) => {
	const { search } = await searched(t);
	const started = performance.now();
	await search("word ".repeat(20_000));
	await search("x".repeat(100_000));
	await search(Array.from({ length: 15_000 }, (_, at) => `w${at}`).join(" "));
	assert.ok(performance.now() - started < 3_000);
});

test("a search that is cancelled ends between its parts", async (t) => {
	const { search } = await searched(t);
	const abort = new AbortController();
	const going = search("socket", { signal: abort.signal });
	abort.abort();
	await assert.rejects(going, (error) => isError(error, "interrupted"));
});
