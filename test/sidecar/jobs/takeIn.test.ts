import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { fakeHub, hubCommit } from "../../support/fakeHub.ts";
import { writeHuggingFaceFolder } from "../../support/huggingFaceFolder.ts";
import { jobsUnderTest } from "../../support/jobsUnderTest.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { uncancelled } from "../../support/tinyJob.ts";

test("a folder is imported, and a hub's model planned, downloaded and imported, each in a process of its own", async (context) => {
	const home = temporaryFolder(context);
	const folder = temporaryFolder(context);
	writeHuggingFaceFolder(folder, "google-bert/bert-base-uncased");
	const told: [string, unknown][] = [];
	const { jobs, logged } = await jobsUnderTest(home, { notify: (name, params) => told.push([name, params]) });
	const { handlers } = jobs;
	const imported = await handlers.importModel({ folder, name: "mine" }, uncancelled);
	assert.deepEqual([imported.name, imported.path], ["mine", join(home, "models", "mine")]);
	assert.deepEqual(told.splice(0), [["modelsChanged", {}]]);

	const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
	const hub = await fakeHub(context, "owner/bert", Object.fromEntries(files));
	const model = { model: "owner/bert", endpoint: hub.endpoint, token: "hf_secret" };
	const plan = requests.planDownload.result.parse(await handlers.planDownload(model, uncancelled));
	const bytes = files.reduce((sum, [, content]) => sum + content.length, 0);
	const expected = { repository: "owner/bert", url: `${hub.endpoint}/owner/bert`, commit: hubCommit, license: "mit" };
	assert.deepEqual(plan, { ...expected, files: files.length, bytes });
	assert.equal(hub.asked.length, 1);
	const got = await handlers.downloadModel({ ...model, revision: plan.commit, name: "theirs" }, uncancelled);
	assert.deepEqual([got.name, readdirSync(join(home, "models")).sort()], ["theirs", ["mine", "theirs"]]);
	const last = told.findLast(([name]) => name === "downloadProgress")?.[1];
	assert.deepEqual(last, { model: "owner/bert", file: "model.safetensors", bytes, total: bytes });
	assert.equal(told.at(-1)?.[0], "modelsChanged");
	assert.ok(!JSON.stringify([told, logged]).includes("hf_secret"));
	assert.deepEqual(new Set(hub.tokens), new Set(["Bearer hf_secret"]));
	await assert.rejects(
		async () => handlers.importModel({ folder: join(home, "none") }, uncancelled),
		(error) => isError(error, "notFound"),
	);
	await jobs.shutdown();
});

test("a download that is cancelled leaves no model, and goes on when it is asked for again", async (context) => {
	const home = temporaryFolder(context);
	const folder = temporaryFolder(context);
	writeHuggingFaceFolder(folder, "google-bert/bert-base-uncased");
	const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
	const hub = await fakeHub(context, "owner/bert", Object.fromEntries(files));
	const cancel = new AbortController();
	hub.fileFaults["model.safetensors"] = [
		(_request, response, content) => {
			response.writeHead(200, { "content-length": content.length });
			response.write(content.subarray(0, 1000), () => cancel.abort());
		},
	];
	const { jobs } = await jobsUnderTest(home);
	const model = { model: "owner/bert", endpoint: hub.endpoint };
	await assert.rejects(
		async () => jobs.handlers.downloadModel(model, { signal: cancel.signal }),
		(error) => isError(error, "interrupted"),
	);
	assert.deepEqual(readdirSync(home).includes("models"), false);
	await jobs.handlers.downloadModel(model, uncancelled);
	assert.deepEqual(readdirSync(join(home, "models")), ["bert"]);
	await jobs.shutdown();
});
