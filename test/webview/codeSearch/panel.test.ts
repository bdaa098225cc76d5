import assert from "node:assert/strict";
import { test } from "node:test";
import type { SearchResult } from "../../../sidecar/protocol/search.ts";
import { openSearch, realResults, statusOf, workspace } from "../support/searchPage.ts";
import { leftOut, themes } from "../support/webviewPage.ts";

const options = { skip: leftOut, timeout: 300_000 };

const results = realResults();
const answer = (query: string) => results.filter(({ symbol }) => symbol?.toLowerCase().includes(query.toLowerCase()));

/** What a screen reader says of the selected result. */
const selectedLabel = '[role="option"][aria-selected="true"]';

test("the keys walk, preview, open, open beside and come back; the policy is kept", options, async (context) => {
	const { page, heard, complaints, search } = await openSearch(context, { answer: () => results });
	await search("loss");
	await page.locator(".query").press("ArrowDown");
	const list = page.getByRole("listbox", { name: "Results" });
	await list.press("ArrowDown");
	await list.press(" ");
	await list.press("Enter");
	await list.press("Control+Enter");
	const rows = await page.locator('[role="option"]').count();
	assert.ok(rows >= 3);
	const second = results[1] as SearchResult;
	const { path, startLine, endLine } = second;
	const place = { folder: "/code/shop", path, startLine, endLine };
	assert.deepEqual(
		heard.filter(({ kind }) => kind === "open"),
		(["preview", "open", "side"] as const).map((how) => ({ kind: "open", how, ...place })),
	);
	await list.press("Escape");
	assert.equal(await page.evaluate("document.activeElement.className"), "query");
	await page.locator(".query").press("ArrowDown");
	assert.equal(await page.locator(selectedLabel).getAttribute("aria-posinset"), "2");
	await page.keyboard.press("Control+f");
	assert.equal(await page.evaluate("document.activeElement.className"), "query");
	assert.deepEqual(complaints, []);
});

test(
	"each result is named for screen readers, with its file, lines and reasons, and the count is told",
	options,
	async (context) => {
		const { page, search } = await openSearch(context, { answer: () => results });
		await search("loss");
		const [first] = results as [SearchResult];
		const { symbol, path, startLine, endLine } = first;
		const option = page.locator(selectedLabel);
		assert.equal(
			await option.getAttribute("aria-label"),
			`${symbol}, function, ${path}, lines ${startLine} to ${endLine}, words #1, meaning #2, matched: ${first.matchedTerms.join(", ")}`,
		);
		const list = page.getByRole("listbox", { name: "Results" });
		assert.equal(await list.getAttribute("aria-activedescendant"), await option.getAttribute("id"));
		const files = new Set(results.map((result) => result.path)).size;
		const count = `${results.length} results in ${files} files`;
		assert.equal(await page.getByRole("status").textContent(), count);
		const marked = await option.locator("mark").allTextContents();
		assert.ok(marked.length > 0 && marked.every((text) => first.matchedTerms.includes(text.toLowerCase())));
	},
);

test("an answer that was superseded is cancelled and never shown", options, async (context) => {
	let release = () => {};
	const slow = new Promise<void>((resolve) => {
		release = resolve;
	});
	const { page, heard, search } = await openSearch(context, {
		answer: async (query) => {
			if (query === "slow") await slow;
			return query === "slow" ? results : answer("contrastive");
		},
	});
	await page.locator(".query").fill("slow");
	await page.waitForTimeout(300);
	await search("quick");
	release();
	await page.waitForTimeout(300);
	const asked = heard.flatMap((said) => (said.kind === "request" && said.name === "search" ? [said.id] : []));
	assert.equal(asked.length, 2);
	assert.deepEqual(
		heard.flatMap((said) => (said.kind === "cancel" ? [said.id] : [])),
		asked.slice(0, 1),
	);
	const names = await page.locator(".result-name").allTextContents();
	assert.deepEqual(
		names,
		answer("contrastive").map(({ symbol }) => symbol),
	);
});

test("Enter opens the best result of what was typed last, though its answer comes later", options, async (context) => {
	const { page, heard, search } = await openSearch(context, {
		answer: async (query) => {
			await new Promise((resolve) => setTimeout(resolve, 200));
			return query === "first" ? results.slice(0, 1) : results.slice(1, 2);
		},
	});
	await search("first");
	await page.locator(".query").fill("second");
	await page.locator(".query").press("Enter");
	await page.locator(".result-name", { hasText: results[1]?.symbol ?? "" }).waitFor();
	await page.waitForTimeout(100);
	const opened = heard.flatMap((said) => (said.kind === "open" ? [said.startLine] : []));
	assert.deepEqual(opened, [results[1]?.startLine]);
});

test("1,000 results keep the page small, and End reaches the last", options, async (context) => {
	const many = Array.from({ length: 1000 }, (_, place): SearchResult => {
		const like = results[place % results.length] as SearchResult;
		return {
			...like,
			path: `src/part${Math.floor(place / 3)}.ts`,
			symbol: `part${place}`,
			startLine: 1 + (place % 3) * 50,
		};
	});
	const { page, search } = await openSearch(context, { answer: () => many });
	await search("part");
	await page.locator(".query").press("ArrowDown");
	const started = Date.now();
	for (let press = 0; press < 50; press++) await page.keyboard.press("PageDown");
	const took = Date.now() - started;
	assert.ok(took < 10_000, `50 pages took ${took} ms`);
	await page.keyboard.press("End");
	const last = page.locator(selectedLabel);
	assert.equal(await last.getAttribute("aria-posinset"), "1000");
	await last.locator(".result-name", { hasText: "part999" }).waitFor();
	assert.ok(await last.isVisible());
	assert.ok((await page.locator(".result-rows > *").count()) < 60);
	await page.mouse.move(150, 400);
	await page.mouse.wheel(0, -1e6);
	await page.locator(".result-name", { hasText: /^part0$/ }).waitFor();
});

test("results follow the index while it grows, with the selection where it was", options, async (context) => {
	const { page, played, index, search } = await openSearch(context, {
		statuses: [statusOf({ state: "indexing", files: 12_340, of: 40_112, secondsLeft: 180 })],
		answer: () => results.slice(2, 4),
	});
	await page.locator(".index-text", { hasText: "12,340 of 40,112 files · 3 min left" }).waitFor();
	assert.ok(
		Math.abs((await page.locator("progress").evaluate((bar) => (bar as HTMLProgressElement).value)) - 0.3077) < 1e-3,
	);
	await search("loss");
	await page.locator(".query").press("ArrowDown");
	await page.keyboard.press("ArrowDown");
	const chosen = results[3]?.symbol ?? "";
	await page.locator(`${selectedLabel} .result-name`, { hasText: chosen }).waitFor();
	played.answer = () => results.slice(0, 4);
	await index(
		statusOf({ state: "embedding", files: 40_112, of: 40_112, chunks: 90_000, embedded: 4500, secondsLeft: 7300 }),
	);
	await page
		.locator(".index-text", { hasText: "Words are indexed · meaning: 4,500 of 90,000 parts · 2 h 2 min left" })
		.waitFor();
	await page
		.locator(".result-name", { hasText: results[0]?.symbol ?? "" })
		.first()
		.waitFor();
	assert.equal(await page.locator(`${selectedLabel} .result-name`).textContent(), chosen);
});

test("each state in which there is nothing to list says what to do", options, async (context) => {
	const { page, played, heard, tell, index, search } = await openSearch(context, {
		statuses: [statusOf({ state: "none", files: 0, of: 0 })],
	});
	const says = (heading: string) => page.locator(".placard h2", { hasText: heading }).waitFor();
	await says("This folder is not indexed");
	await page.getByRole("button", { name: "Build Index" }).click();
	await tell(workspace({ statuses: played.statuses, trusted: false }));
	await page.getByRole("button", { name: "Manage Workspace Trust" }).click();
	await tell(workspace({ statuses: played.statuses, trusted: true }));
	await index(statusOf());
	await page.locator(".placard", { hasText: "Say what the code does" }).waitFor();
	await search("nothing like it");
	await says("No results");
	played.answer = () => {
		throw new Error("The index is damaged. Rebuild it.");
	};
	await page.locator(".query").fill("other");
	await page.locator(".placard", { hasText: "The index is damaged. Rebuild it." }).waitFor();
	await index(statusOf({ state: "failed", files: 0, message: "The disk is full. Free some space." }));
	await page.locator(".query").fill("");
	await page.locator(".placard", { hasText: "The disk is full. Free some space." }).waitFor();
	await page.getByRole("button", { name: "Rebuild Index" }).click();
	await tell({ kind: "sidecar", state: "failed" });
	await says("The sidecar, which searches, cannot be used");
	await page.getByRole("button", { name: "Start Sidecar" }).click();
	await tell(workspace({ statuses: [], trusted: true }));
	await says("No folder is open");
	await page.getByRole("button", { name: "Open Folder" }).click();
	assert.deepEqual(
		heard.flatMap((said) => (said.kind === "do" ? [said.offer] : [])),
		["buildIndex", "manageTrust", "rebuildIndex", "startSidecar", "openFolder"],
	);
});

test("a reload brings query, selection and place back", options, async (context) => {
	const { page, search, reload } = await openSearch(context, { answer: () => results }, { width: 300, height: 380 });
	await search("loss");
	await page.locator(".query").press("ArrowDown");
	for (let press = 0; press < 5; press++) await page.keyboard.press("ArrowDown");
	const label = await page.locator(selectedLabel).getAttribute("aria-label");
	const top = await page.locator(".result-list").evaluate((list) => list.scrollTop);
	assert.ok(top > 0);
	await page.waitForTimeout(200);
	await reload();
	await page.locator(selectedLabel).waitFor();
	assert.equal(await page.locator(".query").inputValue(), "loss");
	assert.equal(await page.locator(selectedLabel).getAttribute("aria-label"), label);
	assert.equal(await page.locator(".result-list").evaluate((list) => list.scrollTop), top);
});

test("folders of a workspace are searched together, or one alone", options, async (context) => {
	const folders = ["/code/shop", "/code/bank"];
	const { page, search } = await openSearch(context, {
		statuses: folders.map((folder) => statusOf({ folder })),
		answer: (_, folder) => [{ ...(results[0] as SearchResult), symbol: `in ${folder}`, score: folder.length }],
	});
	await search("loss");
	await page.locator(".result-name", { hasText: "in /code/bank" }).waitFor();
	await page.locator(".result-name", { hasText: "in /code/shop" }).waitFor();
	await page.locator(".result-heading .aside", { hasText: "bank › sidecar/objectives" }).waitFor();
	await page.getByLabel("Folder").selectOption({ label: "bank" });
	await page.locator(".result-name", { hasText: "in /code/shop" }).waitFor({ state: "hidden" });
});

test("chips put filters and their values in at the caret", options, async (context) => {
	const { page, search } = await openSearch(context, { answer: () => results });
	await search("loss");
	await page.locator(".chip", { hasText: "kind:" }).click();
	await page.locator(".chip", { hasText: "method" }).click();
	assert.equal(await page.locator(".query").inputValue(), "loss kind:method ");
});

test(
	"code like a selection and near-duplicates take the place of the query, and give it back",
	options,
	async (context) => {
		const members = results
			.slice(0, 2)
			.map(({ path, startLine, endLine, symbol, kind }) => ({ path, startLine, endLine, symbol, kind }));
		const { page, heard, tell, search } = await openSearch(context, {
			answer: () => results,
			clusters: [{ distance: 0.0123, members }],
		});
		await search("loss");
		const at = { path: "a.ts", startLine: 3, endLine: 9 };
		const like = { folder: "/code/shop", text: "return 1", language: "typescript", at };
		await tell({ kind: "ask", asked: { kind: "like", like } });
		await page.locator(".asked", { hasText: "Code like a.ts:3–9" }).waitFor();
		const asked = heard.findLast((said) => said.kind === "request");
		assert.deepEqual(asked?.kind === "request" ? asked.params : undefined, {
			folder: "/code/shop",
			text: "return 1",
			language: "typescript",
			exclude: at,
			top: 1000,
		});
		await tell({ kind: "ask", asked: { kind: "duplicates" } });
		await page.locator(".result-heading", { hasText: "2 alike" }).waitFor();
		await page.getByRole("status").filter({ hasText: "1 group of near-duplicates" }).waitFor();
		await page.getByRole("button", { name: "Back to the search" }).click();
		await page.locator(".asked").waitFor({ state: "hidden" });
		assert.equal(await page.locator(".query").inputValue(), "loss");
		await page.locator(".result-reasons").first().waitFor();
	},
);

test("marks and the selected result are told without colour in every theme", options, async (context) => {
	const { page, search, setTheme } = await openSearch(context, { answer: () => results });
	await search("loss");
	for (const theme of Object.keys(themes)) {
		await setTheme(theme);
		const mark = await page
			.locator("mark")
			.first()
			.evaluate((found) => {
				const { fontWeight, textDecorationLine } = getComputedStyle(found);
				return [fontWeight, textDecorationLine];
			});
		assert.deepEqual(mark, ["700", "underline"], theme);
		await page.locator(".result-list").focus();
		const outline = await page.locator(selectedLabel).evaluate((found) => getComputedStyle(found).outlineStyle);
		assert.equal(outline, "solid", theme);
		if (process.env["MASKWRIGHT_TEST_KEEP"] !== undefined) {
			await page.screenshot({ path: `${process.env["MASKWRIGHT_TEST_KEEP"]}/search-${theme}.png` });
		}
	}
});
