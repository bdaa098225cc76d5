import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ModelParts } from "../../sidecar/inference/loadedModel.ts";
import { boxedModels } from "../../sidecar/store/boxedModels.ts";
import { saveModel } from "../../sidecar/store/modelFolder.ts";
import { storedModel } from "./storedModel.ts";

/** Makes `box` the folder of the models that come with Maskwright until the test ends. */
export function useBox(test: TestContext, box: string): void {
	const before = process.env["MASKWRIGHT_BOXED_MODELS"];
	process.env["MASKWRIGHT_BOXED_MODELS"] = box;
	test.after(() => {
		if (before === undefined) delete process.env["MASKWRIGHT_BOXED_MODELS"];
		else process.env["MASKWRIGHT_BOXED_MODELS"] = before;
	});
}

/** Puts a model into a box, for a role; gives its folder. */
export function saveInBox(box: string, role: keyof typeof boxedModels, parts: ModelParts): string {
	const folder = join(box, boxedModels[role]);
	saveModel(folder, storedModel(parts, { about: { roles: [role], scores: null } }));
	return folder;
}
