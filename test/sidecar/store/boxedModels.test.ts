import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { chooseSearchModel } from "../../../sidecar/compute/indexingModels.ts";
import { boxedModel, boxedModels } from "../../../sidecar/store/boxedModels.ts";
import { exportModel } from "../../../sidecar/store/exportModel.ts";
import { type StoredModel, saveModel } from "../../../sidecar/store/modelFolder.ts";
import { modelInUse, useModel, useNewModel } from "../../../sidecar/store/modelInUse.ts";
import { findModel, listModels, removeModel } from "../../../sidecar/store/models.ts";
import { useBox } from "../../support/boxedModels.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const tiny = (role: "completion" | "search"): StoredModel => ({
	config: { model_type: "modernbert" },
	tensors: new Map([["a.weight", { data: new Float32Array([1, 2]), shape: [2] }]]),
	tokenizer: { version: "1.0" },
	about: { roles: [role], scores: null },
});

/** A home and a box with both models. */
function fresh(context: Parameters<typeof useBox>[0]): { home: string; box: string; fills: string; searches: string } {
	const folder = temporaryFolder(context);
	const box = join(folder, "box");
	useBox(context, box);
	const [fills, searches] = (["completion", "search"] as const).map((role) => {
		const path = join(box, boxedModels[role]);
		saveModel(path, tiny(role));
		return path;
	}) as [string, string];
	return { home: join(folder, "home"), box, fills, searches };
}

test("a user who has no model uses those in the box, which are listed as such", (context) => {
	const { home, fills, searches } = fresh(context);
	assert.deepEqual(
		listModels({ home }).map(({ name, path, boxed, roles }) => ({ name, path, boxed, roles })),
		[
			{ name: "code-mlm-boxed", path: fills, boxed: true, roles: ["completion"] },
			{ name: "code-search-boxed", path: searches, boxed: true, roles: ["search"] },
		],
	);
	assert.equal(modelInUse({ home }), fills);
	assert.equal(findModel("code-mlm-boxed", { home }), fills);
	assert.equal(chooseSearchModel({ before: null, home }), searches);
});

test("the user's choice comes before the box, which serves again when that model is deleted", (context) => {
	const { home, fills } = fresh(context);
	const own = join(home, "models", "own");
	saveModel(own, tiny("completion"));
	assert.equal(modelInUse({ home }), fills); // a model that lies there is not yet chosen
	useModel(own, { home });
	assert.equal(modelInUse({ home }), own);
	useModel(fills, { home });
	assert.equal(modelInUse({ home }), fills);
	useModel(own, { home });
	removeModel(own, { home });
	assert.equal(modelInUse({ home }), fills);
});

test("a search model of the user's comes before the box for a new index, and an index keeps what it has", (context) => {
	const { home, searches } = fresh(context);
	const own = join(home, "models", "own");
	saveModel(own, tiny("search"));
	useNewModel(own, { home });
	assert.equal(modelInUse({ home }), boxedModel("completion"));
	assert.equal(chooseSearchModel({ before: null, home }), own);
	const before = { name: "code-search-boxed", folder: searches, identity: "", dimension: 1, generation: 1 };
	assert.equal(chooseSearchModel({ before, home }), searches);
	// An update of the extension puts the box elsewhere.
	const moved = { ...before, folder: join(home, "extension-0.0.1", "code-search-boxed") };
	assert.equal(chooseSearchModel({ before: moved, home }), searches);
	assert.equal(chooseSearchModel({ before: { ...moved, name: "gone" }, home }), own);
});

test("a model in the box is not deleted, and is exported as any other", async (context) => {
	const { home, fills } = fresh(context);
	assert.throws(
		() => removeModel(fills, { home }),
		(error: unknown) => isError(error, "wrongState") && /comes with Maskwright/.test(error.message),
	);
	assert.ok(existsSync(fills));
	const to = join(home, "exported");
	mkdirSync(home, { recursive: true });
	await exportModel(fills, to);
	assert.ok(existsSync(join(to, "model.safetensors")));
});

test("without a box there is no model, until the user has one", (context) => {
	const { home, box } = fresh(context);
	renameSync(box, `${box}-away`);
	assert.deepEqual([listModels({ home }), modelInUse({ home })], [[], undefined]);
	assert.throws(() => chooseSearchModel({ before: null, home }), /no model is trained for search yet/);
});

test("of two models of one name the user's is found", (context) => {
	const { home } = fresh(context);
	const own = join(home, "models", "code-mlm-boxed");
	saveModel(own, tiny("completion"));
	assert.equal(findModel("code-mlm-boxed", { home }), own);
});
