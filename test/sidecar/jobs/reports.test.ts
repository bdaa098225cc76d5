import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { eventually, jobsUnderTest } from "../../support/jobsUnderTest.ts";
import { tinyPlace, uncancelled } from "../../support/tinyJob.ts";

/** Processes that this one started, by their numbers. */
function children(): string[] {
	const listed = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" });
	return listed.split("\n").filter((line) => line.includes("compute"));
}

test("a corpus is previewed and devices are tried by processes of their own; recipes are listed", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs } = await jobsUnderTest(home);
	const { handlers } = jobs;
	const report = requests.previewCorpus.result.parse(await handlers.previewCorpus({ corpus }, uncancelled));
	assert.deepEqual([report.files, report.languages], [12, { typescript: 12 }]);
	await assert.rejects(handlers.previewCorpus({ corpus: join(corpus, "nowhere") }, uncancelled), { name: "notFound" });
	await assert.rejects(handlers.previewCorpus({ corpus: "corpus" }, uncancelled), { name: "usage" });
	const doctor = requests.doctor.result.parse(await handlers.doctor({}, uncancelled));
	assert.ok(doctor.candidates.some(({ device, available }) => device === "cpu" && available));
	const recipes = requests.listRecipes.result.parse(await handlers.listRecipes({}, uncancelled));
	assert.ok(recipes.some(({ name }) => name === "code-mlm-small"));
	await jobs.shutdown();
});

test("a look that is cancelled ends its process", async (context) => {
	const { home, corpus } = tinyPlace(context);
	const { jobs } = await jobsUnderTest(home);
	const { previewCorpus, doctor } = jobs.handlers;
	const looks = [
		(signal: AbortSignal) => previewCorpus({ corpus }, { signal }),
		(signal: AbortSignal) => doctor({}, { signal }),
	];
	for (const look of looks) {
		const cancel = new AbortController();
		const answer = look(cancel.signal);
		assert.equal(children().length, 1);
		cancel.abort();
		await assert.rejects(answer, { name: "interrupted" });
		await eventually(() => (children().length === 0 ? true : undefined));
	}
	await jobs.shutdown();
});

test("what answers never loads onnxruntime", async () => {
	const jobs = join(import.meta.dirname, "..", "..", "..", "sidecar", "jobs", "jobs.ts");
	const script = `
		await import(${JSON.stringify(jobs)});
		const { createRequire } = await import("node:module");
		const loaded = Object.keys(createRequire(${JSON.stringify(jobs)}).cache);
		console.log(loaded.filter((path) => path.includes("onnxruntime")).length, loaded.some((path) => path.includes("protobufjs")));
	`;
	const args = ["--import", "tsx", "--input-type=module", "--eval", script];
	const { stdout } = await promisify(execFile)(process.execPath, args);
	assert.match(stdout, /^0 /);
});
