/** What an editor is told by the sidecar of a user who has trained nothing, where models came with Maskwright. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { saveInBox, useBox } from "../../support/boxedModels.ts";
import { connectTo, serveAt } from "../../support/servedSidecar.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { fillTexts, tinyFillModel } from "../../support/tinyFillModel.ts";
import { writeTinyCorpus } from "../../support/tinyTraining.ts";

test("the model in the box is the one in use, fills, cannot be deleted, and training goes on from it", async (context) => {
	const folder = temporaryFolder(context);
	const [home, box, corpus] = ["home", "box", "code"].map((name) => join(folder, name)) as [string, string, string];
	useBox(context, box);
	const path = saveInBox(box, "completion", await tinyFillModel(fillTexts, { vocabularySize: 360, steps: 500 }));
	writeTinyCorpus(corpus);
	const { address } = await serveAt(context, home);
	const client = await connectTo(context, address);

	const { model } = await client.ask("status");
	assert.deepEqual(model, { name: "code-mlm-boxed", path, loaded: false, boxed: true });
	const { masks } = await client.ask("fillText", { text: "def [MASK](path):\n    return parse_tree(path)\n" });
	assert.equal(masks[0]?.candidates[0]?.text, "load_config");
	await assert.rejects(client.ask("deleteModel", { model: path }), /code-mlm-boxed comes with Maskwright and stays/);
	assert.deepEqual(
		(await client.ask("listModels")).map(({ name, boxed }) => [name, boxed]),
		[["code-mlm-boxed", true]],
	);

	const run = await client.ask("startRun", { corpus, budget: { steps: 1 }, device: "cpu" });
	const recipe = JSON.parse(readFileSync(join(run.path, "recipe.json"), "utf8"));
	assert.deepEqual([recipe.name, recipe.from], ["code-mlm-adapt", "code-mlm-boxed"]);
	assert.equal(JSON.parse(readFileSync(join(run.path, "job.json"), "utf8")).from, path);
	await client.ask("discardRun", { run: run.path });
});
