import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isError } from "../../../../sidecar/base/errors.ts";
import { parseQuery } from "../../../../sidecar/search/query/parseQuery.ts";

test("filters are taken out of the text", () => {
	assert.deepEqual(parseQuery('parse lang:py  -path:test the "query" symbol:"a b" kind:Classes'), {
		text: 'parse the "query"',
		filters: [
			{ by: "lang", not: false, value: "python" },
			{ by: "path", not: true, value: "test" },
			{ by: "symbol", not: false, value: "a b" },
			{ by: "kind", not: false, value: "class" },
		],
	});
});

test("what only looks like a filter is text", () => {
	for (const text of ["std::vector", "http://host/x", "TODO: later", "a ? b:c", "Error:x", "lang::x"]) {
		assert.deepEqual(parseQuery(text), { text, filters: [] }, text);
	}
});

test("a filter whose value is still to be typed changes nothing", () => {
	assert.deepEqual(parseQuery("find lang:"), { text: "find", filters: [] });
	assert.deepEqual(parseQuery('path:"a'), { text: "", filters: [{ by: "path", not: false, value: "a" }] });
});

test("a wrong filter says what could be meant", () => {
	const rows: [string, RegExp][] = [
		["lnag:go x", /no filter lnag: but lang:/],
		["symbl:x", /symbol:x/],
		["lang:pyton", /Did you mean lang:python\?/],
		["lang:klingon", /no language klingon/],
		["kind:struct", /function, method, class, block/],
		[`path:${"*a".repeat(20)}`, /too long/],
	];
	for (const [query, message] of rows) {
		assert.throws(
			() => parseQuery(query),
			(error) => isError(error, "usage") && message.test(error.message),
			query,
		);
	}
});

test("any query is parsed or refused with a sentence, and its words outside of filters stay", () => {
	fc.assert(
		fc.property(fc.string({ unit: "binary", maxLength: 200 }), (query) => {
			try {
				const { text, filters } = parseQuery(query);
				if (filters.length === 0 && !query.includes(":")) assert.equal(text, query.trim());
			} catch (error) {
				assert.ok(isError(error, "usage"));
			}
		}),
	);
});
