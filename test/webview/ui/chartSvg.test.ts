import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ChartModel } from "../../../webview/ui/chartModel.ts";
import { chartsSvg } from "../../../webview/ui/chartSvg.ts";

const colours = { background: "white", foreground: "black", grid: "silver" };

function model(changes: Partial<ChartModel> = {}): ChartModel {
	const x = Float64Array.from({ length: 50 }, (_, index) => index + 1);
	const y = x.map((step) => (step === 25 ? Number.NaN : 10 / step));
	const line = { name: "loss", x, y, colour: "rgb(1, 2, 3)", width: 2, opacity: 1 };
	return {
		title: "Loss",
		series: [line],
		marks: [{ x: 10, form: "line", colour: "red", label: "Paused" }],
		range: [0, 50],
		logarithmic: false,
		formatX: String,
		formatY: String,
		...changes,
	};
}

function draw(chart: ChartModel, title = "Loss"): string {
	return chartsSvg([{ model: chart, height: 200 }], {
		width: 600,
		colours,
		title,
		keys: [{ name: title, colour: "blue" }],
	});
}

/** Elements are closed in the order they were opened, and no bare sign stands in texts or attributes. */
function assertWellFormed(svg: string): void {
	const open: string[] = [];
	const rest = svg
		.replace(/^<\?xml [^?]*\?>/, "")
		.replaceAll(/<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z:-]+="[^"<]*")*)\s*(\/?)>/g, (_, end, name, _attributes, alone) => {
			if (end === "/") assert.equal(open.pop(), name);
			else if (alone === "") open.push(name);
			return "";
		});
	assert.deepEqual(open, []);
	assert.doesNotMatch(rest, /[<>]|&(?!(amp|lt|gt|quot);)/);
}

test("a drawing is well-formed XML whatever the names are", () => {
	fc.assert(
		fc.property(fc.string({ unit: "grapheme" }), (name) => {
			const svg = draw(model({ title: name }), name);
			assertWellFormed(svg);
			const forbidden = [...svg].filter((sign) => (sign < " " && !"\t\n\r".includes(sign)) || sign === "\uffff");
			assert.deepEqual(forbidden, []);
		}),
	);
	assertWellFormed(draw(model({ title: '</svg><script>alert("x")</script>&' })));
});

test("a gap breaks the line, and marks and values stand at their place", () => {
	const svg = draw(model());
	const [line] = svg.match(/<path d="(M[^"]*)" stroke="rgb\(1, 2, 3\)"/)?.slice(1) ?? [];
	assert.equal(line?.match(/M/g)?.length, 2);
	assert.match(svg, />Paused</);
});

test("logarithmic and empty charts are drawn", () => {
	assertWellFormed(draw(model({ logarithmic: true })));
	assertWellFormed(draw(model({ series: [], marks: [] })));
	assert.doesNotMatch(draw(model({ logarithmic: true, series: [] })), /NaN|Infinity/);
});
