import assert from "node:assert/strict";
import { test } from "node:test";
import { Asking, type Found } from "../../../webview/codeSearch/asking.ts";
import { realResults } from "../support/searchPage.ts";

const [result] = realResults();

type Request = ConstructorParameters<typeof Asking>[0]["port"]["request"];

/** Asks each query at once after the one before, and says what was told. */
async function told(queries: readonly string[], folders: readonly string[], request: unknown): Promise<unknown[]> {
	const heard: unknown[] = [];
	const asking = new Asking({
		port: { request: request as Request },
		found: ({ asked, results }: Found) =>
			heard.push([asked.kind === "query" && asked.text, results.map(({ symbol }) => symbol)]),
		failed: (message) => heard.push(message),
	});
	await Promise.all(queries.map((text) => asking.ask({ kind: "query", text }, { folders, top: 2, rough: true })));
	return heard;
}

const named = (symbol: string, score: number) => ({ ...result, symbol, score });

test("only the last question is answered, and those before are taken back", async () => {
	let taken = 0;
	const request = (_: string, { query }: { query: string }, signal: AbortSignal) =>
		new Promise((resolve, reject) => {
			signal.addEventListener("abort", () => {
				taken++;
				reject(signal.reason);
			});
			setTimeout(() => resolve({ results: [named(query, 1)], indexed: { files: 1, of: 1 } }), 5);
		});
	assert.deepEqual(await told(["a", "b", "c"], ["/one"], request), [["c", ["c"]]]);
	assert.equal(taken, 2);
});

test("results of folders are merged by score, the best of all", async () => {
	const request = async (_: string, { folder }: { folder: string }) => ({
		results: folder === "/one" ? [named("a", 3), named("b", 1)] : [named("c", 2)],
		indexed: { files: 1, of: 1 },
	});
	assert.deepEqual(await told(["q"], ["/one", "/two"], request), [["q", ["a", "c"]]]);
});

test("a folder that fails hides the others' results only when all fail", async () => {
	const request =
		(all: boolean) =>
		async (_: string, { folder }: { folder: string }) => {
			if (all || folder === "/one") throw new Error(`${folder} is damaged.`);
			return { results: [named("c", 2)], indexed: { files: 1, of: 1 } };
		};
	assert.deepEqual(await told(["q"], ["/one", "/two"], request(false)), [["q", ["c"]]]);
	assert.deepEqual(await told(["q"], ["/one", "/two"], request(true)), ["/one is damaged."]);
});

test("results of small vectors say that there are larger ones, and are asked for again without haste", async () => {
	const asked: unknown[] = [];
	const request = async (_: string, { folder, rough }: { folder: string; rough: boolean }) => {
		asked.push([folder, rough]);
		const found = { results: [named("a", 1)], indexed: { files: 1, of: 1 } };
		return folder === "/small" && rough ? { ...found, rough } : found;
	};
	const heard: boolean[] = [];
	const asking = new Asking({
		port: { request: request as Request },
		found: ({ rough }) => heard.push(rough),
		failed: assert.fail,
	});
	const query = { kind: "query", text: "q" } as const;
	await asking.ask(query, { folders: ["/small", "/large"], top: 1, rough: true });
	await asking.ask(query, { folders: ["/small"], top: 1, rough: false });
	assert.deepEqual(heard, [true, false]);
	assert.deepEqual(asked, [
		["/small", true],
		["/large", true],
		["/small", false],
	]);
});
