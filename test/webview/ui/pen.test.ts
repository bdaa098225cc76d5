import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeXml, svgOf } from "../../../webview/ui/pen.ts";

test("a drawing becomes SVG that holds text as it is", () => {
	const svg = svgOf({ width: 100, height: 50, background: "white", title: "a < b" }, (pen) => {
		pen.fill(1, 2, 3, 4, { colour: "red", alpha: 0.5 });
		pen.lines([0, 0, 1, 1, 2, 2, 3, 3], { colour: "blue", width: 2, dashed: true });
		pen.lines([], { colour: "green", width: 1 });
		pen.arc([0, 0, 1, -5, 9, -5, 10, 0], { colour: "blue", width: 1 });
		pen.within(0, 0, 10, 10, () =>
			pen.text('"<&>\u0000', 5, 6, { colour: "black", font: { size: 12, family: "mono" } }),
		);
	});
	assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="100" height="50"/);
	assert.match(svg, /<title>a &lt; b<\/title>/);
	assert.match(svg, /<rect x="1" y="2" width="3" height="4" fill="red" opacity="0.5"\/>/);
	assert.match(svg, /<path d="M0 0L1 1M2 2L3 3" [^>]*stroke-dasharray="4 3"/);
	assert.match(svg, /<path d="M0 0C1 -5 9 -5 10 0"/);
	assert.match(svg, /<g clip-path="url\(#clip0-\d+\)"><text [^>]*>&quot;&lt;&amp;&gt;<\/text><\/g>/);
	assert.ok(!svg.includes("green"), "a path without points is none");
});

test("lone surrogates and control characters do not stand in XML", () => {
	assert.equal(escapeXml("a\ud800b\u0007c🎭"), "abc🎭");
});
