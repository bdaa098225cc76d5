import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../../../sidecar/base/errors.ts";
import { codeMlmSmall } from "../../../../../sidecar/recipes/codeMlmSmall.ts";
import { codeSearch } from "../../../../../sidecar/recipes/codeSearch.ts";
import { prepareCorpus } from "../../../../../sidecar/train/prepare.ts";

const folder = join(import.meta.dirname, "../../../../../sidecar/optim");

test("a small corpus gets as large a vocabulary as it supports, and is told what else it lacks", async () => {
	await assert.rejects(prepareCorpus(folder, codeSearch.recipe), /Too few functions here are documented/);
	await assert.rejects(prepareCorpus(folder, codeMlmSmall.recipe), (error) => isError(error, "vocabularyTooLarge"));
});
