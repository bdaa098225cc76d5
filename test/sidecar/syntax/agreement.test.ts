import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { withoutComments } from "../../../sidecar/syntax/comments.ts";
import { dataflowOf } from "../../../sidecar/syntax/dataflow.ts";
import { loadParser } from "../../../sidecar/syntax/parser.ts";
import {
	comparable,
	type DataflowSample,
	smallSample,
	type WrittenEdge,
	wholeSample,
	written,
} from "../../support/dataflowSamples.ts";

for (const sample of smallSample()) {
	test(`${sample.id} has the tokens and the data flow of the official extractor`, async () => {
		const { tokens, edges } = await flowOf(sample);
		assert.deepEqual(tokens, sample.tokens);
		assert.deepEqual(comparable(edges.map(written)), comparable(sample.dataflow));
	});
}

const shared = process.env["MASKWRIGHT_SHARED"];
const skip = shared === undefined ? "left out: MASKWRIGHT_SHARED names no folder with data/dataflow" : false;

for (const language of ["python", "java", "javascript", "go", "ruby", "php"]) {
	test(`97% of all ${language} functions have exactly the official data flow`, { skip }, async (t) => {
		const samples = wholeSample(join(shared!, "data")).filter(({ lang }) => lang === language);
		const counts = { functions: 0, exact: 0, both: 0, ours: 0, theirs: 0, raised: 0, raisedWithFlow: 0 };
		for (const sample of samples) {
			const { edges } = await flowOf(sample);
			if (sample.raised) {
				counts.raised++;
				if (edges.length > 0) counts.raisedWithFlow++;
				continue;
			}
			const ours = edges.map(written);
			counts.functions++;
			if (JSON.stringify(comparable(ours)) === JSON.stringify(comparable(sample.dataflow))) counts.exact++;
			const [one, other] = [arrows(ours), arrows(sample.dataflow)];
			counts.ours += one.size;
			counts.theirs += other.size;
			counts.both += [...one].filter((arrow) => other.has(arrow)).length;
		}
		t.diagnostic(JSON.stringify(counts));
		assert.ok(counts.exact >= 0.97 * counts.functions && counts.functions > 100, JSON.stringify(counts));
		assert.ok((2 * counts.both) / (counts.ours + counts.theirs) >= 0.99, JSON.stringify(counts));
		assert.equal(counts.raisedWithFlow, counts.raised);
	});
}

async function flowOf({ code, lang }: DataflowSample) {
	const text = withoutComments(code, lang);
	// The official code parses bare functions of PHP between tags.
	return dataflowOf((await loadParser(lang)).parse(lang === "php" ? `<?php${text}?>` : text), lang);
}

function arrows(edges: readonly WrittenEdge[]): Set<string> {
	return new Set(
		edges.flatMap(([, index, relation, , sources]) => sources.map((source) => `${index} ${relation} ${source}`)),
	);
}
