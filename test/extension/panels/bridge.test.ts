import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, relayRequest } from "../../../extension/panels/bridge.ts";
import { panelPage } from "../../../extension/panels/page.ts";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { lossCurvesRequests, lossCurvesToExtensionSchema } from "../../../sidecar/protocol/panels/lossCurves.ts";

const allowed = Object.fromEntries(lossCurvesRequests.map((name) => [name, requests[name]]));

/** What became of a message, and what the sidecar was asked. */
async function relay(message: { id: number; name: string; params?: unknown }) {
	const asked: unknown[] = [];
	const ask = async (name: string, params: unknown) => {
		asked.push([name, params]);
		return "fine";
	};
	return { said: await relayRequest(message, { allowed, ask }), asked };
}

test("a request of the panel's list reaches the sidecar, unknown fields dropped and defaults filled in", async () => {
	assert.deepEqual(await relay({ id: 7, name: "resumeRun", params: { run: "/a", other: 1 } }), {
		said: { kind: "result", id: 7, result: "fine" },
		asked: [["resumeRun", { run: "/a", set: [] }]],
	});
});

for (const name of ["discardRun", "stopSidecar", "exportModel", "__proto__", "constructor", "toString"]) {
	test(`the loss curves panel may not ask for ${name}`, async () => {
		const { said, asked } = await relay({ id: 1, name, params: { run: "/a", model: "m", folder: "/" } });
		assert.equal(said.kind, "error");
		assert.deepEqual(asked, []);
	});
}

test("params of the wrong form never reach the sidecar", async () => {
	for (const params of [undefined, null, {}, { run: 1 }, { run: "/a", from: -1 }]) {
		const { said, asked } = await relay({ id: 1, name: "readRun", params });
		assert.deepEqual([said.kind, asked], ["error", []]);
	}
});

test("what goes wrong is told with its sentence", async () => {
	const failing = answer(3, async () => {
		throw new Error("The sidecar cannot be reached.");
	});
	assert.deepEqual(await failing, { kind: "error", id: 3, message: "The sidecar cannot be reached." });
});

test("a file's name from the panel names no folder", () => {
	const save = (name: string) =>
		lossCurvesToExtensionSchema.safeParse({ kind: "save", id: 1, name, encoding: "utf8", content: "" }).success;
	assert.deepEqual(["loss-a.svg", "../a.svg", "a/b.svg", "a\\b.svg", ""].map(save), [true, false, false, false, false]);
});

test("the page allows one script with a nonce of its own, our style sheet, and nothing else", () => {
	const page = () =>
		panelPage({
			title: "A <b>",
			language: "en",
			script: "vscode:/main.js",
			style: "vscode:/style.css",
			source: "vscode:",
			texts: { a: '"<' },
		});
	const policy = page().match(/http-equiv="Content-Security-Policy" content="([^"]*)"/)?.[1];
	const nonce = policy?.match(/'nonce-([\w-]{20,})'/)?.[1];
	assert.equal(policy, `default-src 'none'; script-src 'nonce-${nonce}'; style-src vscode:`);
	const scripts = [...page().matchAll(/<script[^>]*>/g)];
	assert.equal(scripts.length, 1);
	assert.notEqual(page(), page());
	assert.doesNotMatch(page(), /<b>|https?:/);
});
