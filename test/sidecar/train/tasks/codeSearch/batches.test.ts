import assert from "node:assert/strict";
import { test } from "node:test";
import { planPairs } from "../../../../../sidecar/train/tasks/codeSearch/batches.ts";
import {
	columnsOf,
	listAt,
	listsOf,
	readHeldOut,
	readPairs,
} from "../../../../../sidecar/train/tasks/codeSearch/columns.ts";

/** 300 pairs of two languages and two kinds; every third query stands twice. */
const queries = Array.from({ length: 300 }, (_, pair) => [5 + (pair % 3 === 0 ? pair % 150 : pair), pair % 7]);
const pairs = {
	count: 300,
	kinds: Int32Array.from(queries, (_, pair) => (pair % 2 === 0 ? 0 : 2)),
	languages: Int32Array.from(queries, (_, pair) => (pair < 180 ? 0 : 1)),
	files: Int32Array.from(queries, (_, pair) => Math.floor(pair / 20)),
	queries: listsOf(queries),
	codes: listsOf(queries.map((query) => [...query, 1])),
	nameless: listsOf(queries.map((query, pair) => (pair % 2 === 0 ? query : []))),
	negatives: listsOf(queries.map(() => [])),
};
const options = {
	rows: 16,
	seed: 7,
	shares: { documentation: 1, name: 0, comment: 0.5, message: 0, code: 0 },
	togetherOfFile: 4,
	namelessShare: 0.5,
};

test("a batch is a function of seed and step, whatever was asked before", () => {
	const [one, other] = [planPairs(pairs, options), planPairs(pairs, options)];
	const late = other.at(40);
	assert.deepEqual(late, one.at(40));
	assert.deepEqual(other.at(3), one.at(3));
	assert.notDeepEqual(planPairs(pairs, { ...options, seed: 8 }).at(3), one.at(3));
});

test("no batch holds a query twice, and most are of one language", () => {
	const plan = planPairs(pairs, options);
	let mixed = 0;
	for (let step = 0; step < 60; step++) {
		const batch = plan.at(step).pairs;
		assert.equal(batch.length, 16);
		assert.equal(new Set(Array.from(batch, (pair) => listAt(pairs.queries, pair).join())).size, 16);
		if (new Set(Array.from(batch, (pair) => pairs.languages[pair])).size > 1) mixed++;
	}
	assert.ok(mixed < 20, `${mixed} of 60 batches are of two languages`);
});

test("an epoch takes each documented function at most once and the wished share of the rest", () => {
	const plan = planPairs(pairs, options);
	const taken = Array.from({ length: 12 }, (_, step) => [...plan.at(step).pairs]).flat();
	const counts = new Map<number, number>();
	for (const pair of taken) counts.set(pair, (counts.get(pair) ?? 0) + 1);
	assert.ok([...counts.values()].every((count) => count === 1));
	const comments = taken.filter((pair) => pairs.kinds[pair] === 2).length;
	assert.ok(comments > 40 && comments < 110, `${comments} comments of 150`);
});

test("pairs of a file stand together, so many at most where there is room for others", () => {
	const of = (togetherOfFile: number): number => {
		const plan = planPairs(pairs, { ...options, togetherOfFile });
		const files = Array.from(
			{ length: 10 },
			(_, step) => new Set(Array.from(plan.at(step).pairs, (at) => pairs.files[at])).size,
		);
		return files.reduce((sum, count) => sum + count, 0) / files.length;
	};
	assert.ok(of(4) < of(1), `${of(4)} files in a batch where groups of one have ${of(1)}`);
});

test("only code that has a nameless form stands without its name, about as often as wished", () => {
	const plan = planPairs(pairs, options);
	const rows = Array.from({ length: 100 }, (_, step) => plan.at(step)).flatMap(({ pairs: batch, nameless }) =>
		Array.from(batch, (pair, row) => ({ pair, nameless: nameless[row]! })),
	);
	assert.ok(rows.every(({ pair, nameless }) => !nameless || pairs.kinds[pair] === 0));
	const documented = rows.filter(({ pair }) => pairs.kinds[pair] === 0);
	const share = documented.filter(({ nameless }) => nameless).length / documented.length;
	assert.ok(Math.abs(share - 0.5) < 0.06, `${share} of the documented functions stand without their names`);
});

test("pairs and held-out functions are read back from their columns as they were", () => {
	const heldOut = [{ docstring: "Größe \ud83d\ude00 of \ud800", code: "", name: "größe" }];
	const columns = columnsOf(pairs, heldOut);
	assert.deepEqual(readPairs(columns), pairs);
	assert.deepEqual(readHeldOut(columns), heldOut);
});

test("most negatives that were mined for a function stand in its batch", () => {
	const far = (pair: number): number => (pair < 180 ? (pair + 90) % 180 : 180 + ((pair - 180 + 60) % 120));
	const negatives = listsOf(queries.map((_, pair) => (pair % 2 === 0 ? [far(pair)] : [])));
	const share = (of: typeof pairs): number => {
		const plan = planPairs(of, { ...options, togetherOfFile: 1 });
		let [together, all] = [0, 0];
		for (let step = 0; step < 12; step++) {
			const batch = new Set(plan.at(step).pairs);
			for (const pair of batch) {
				if (pair % 2 !== 0) continue;
				all++;
				if (batch.has(far(pair))) together++;
			}
		}
		return together / all;
	};
	const [mined, by] = [share({ ...pairs, negatives }), share(pairs)];
	assert.ok(mined > 0.6 && by < 0.4, `${mined} with mining, ${by} by chance`);
});
