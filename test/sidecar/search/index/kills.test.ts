import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../../../../sidecar/base/random.ts";
import { verifyIndex } from "../../../../sidecar/search/index/verifyIndex.ts";
import { codeFolder, dump, hashModel, index, pathsWith } from "../../../support/codeIndex.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";

/** `MASKWRIGHT_TEST_KILLS=200` is what was measured once; a handful keeps `npm test` short. */
const kills = Number(process.env["MASKWRIGHT_TEST_KILLS"] ?? 6);

test(`A writer killed at any of ${kills} moments leaves an index that opens, catches up and is what a fresh one is`, async (context) => {
	const indexed = codeFolder(context);
	const random = createRandom(11);
	const child = join(import.meta.dirname, "indexerChild.ts");
	const write = (count: number): void => {
		for (let n = 0; n < count; n++) {
			const name = `f${random.below(60)}.py`;
			if (random.below(4) === 0) rmSync(join(indexed.folder, name), { force: true });
			else indexed.write({ [name]: `def job${random.below(200)}(x):\n    return marker(x, ${random.below(9)})\n` });
		}
	};
	write(300);
	for (let kill = 0; kill < kills; kill++) {
		write(20);
		const writer = spawn(process.execPath, ["--import", "tsx", child, indexed.folder, indexed.home]);
		const ended = once(writer, "exit");
		await once(writer.stdout, "data");
		await sleep(random.below(400));
		writer.kill("SIGKILL");
		await ended;
		// What a reader sees at once: no error, and no file twice.
		if (kill > 0) assert.ok(pathsWith(indexed, "marker").length > 0);
		const model = hashModel();
		await index(indexed, { model });
		const fresh = { ...indexed, home: temporaryFolder(context) };
		await index(fresh, { model: hashModel() });
		assert.deepEqual(dump(indexed), dump(fresh), `after kill ${kill}`);
		rmSync(fresh.home, { recursive: true });
		const problems = await verifyIndex(indexed.folder, { home: indexed.home, signal: new AbortController().signal });
		assert.deepEqual(problems, [], `after kill ${kill}`);
	}
});
