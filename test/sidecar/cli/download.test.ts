import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { confirm } from "../../../sidecar/cli/confirm.ts";
import { importReportSchema } from "../../../sidecar/protocol/outputs.ts";
import { listModels } from "../../../sidecar/store/models.ts";
import { cutAfter, type FakeHub, fakeHub, status } from "../../support/fakeHub.ts";
import { writeHuggingFaceFolder } from "../../support/huggingFaceFolder.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const main = fileURLToPath(new URL("../../../sidecar/cli/main.ts", import.meta.url));
const id = "owner/tiny-bert";

async function tinyHub(context: TestContext): Promise<FakeHub> {
	const folder = temporaryFolder(context);
	writeHuggingFaceFolder(folder, "google-bert/bert-base-uncased");
	const names = readdirSync(folder);
	return fakeHub(context, id, Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))])));
}

/** Calls the program as a shell would, with nobody there to answer. */
async function call(
	args: readonly string[],
	env: Record<string, string>,
	onError: (child: ReturnType<typeof spawn>) => void = () => {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
	const child = spawn(process.execPath, ["--import", "tsx", main, ...args], {
		env: { ...process.env, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const written = { stdout: "", stderr: "" };
	for (const name of ["stdout", "stderr"] as const) child[name].on("data", (chunk) => (written[name] += chunk));
	onError(child);
	const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
	return { code, ...written };
}

test("a model of the hub becomes one of the user's, which fills", async (context) => {
	const hub = await tinyHub(context);
	const home = temporaryFolder(context);
	const env = { MASKWRIGHT_HOME: home, HF_ENDPOINT: hub.endpoint };
	const refused = await call(["download", id], env);
	assert.deepEqual([refused.code, refused.stdout], [2, ""]);
	assert.match(refused.stderr, /^This would download 4 files, .* from http.*owner\/tiny-bert\..*--yes/);
	assert.equal(hub.asked.length, 1);
	assert.deepEqual(readdirSync(home), []);

	const { code, stdout, stderr } = await call(["download", id, "--yes", "--json"], env);
	assert.deepEqual([code, stderr], [0, ""]);
	const report = importReportSchema.parse(JSON.parse(stdout));
	assert.deepEqual([report.name, report.architecture, report.roles], ["tiny-bert", "bert", ["completion", "search"]]);
	assert.deepEqual(
		listModels({ home })
			.filter(({ boxed }) => !boxed)
			.map(({ name }) => name),
		["tiny-bert"],
	);
	const filled = await call(["fill", "--model", "tiny-bert", "--json", "return [MASK]"], env);
	assert.equal(JSON.parse(filled.stdout).masks.length, 1);
});

test("Ctrl-C stops a download, says how to go on, and keeps what has arrived", async (context) => {
	const hub = await tinyHub(context);
	const home = temporaryFolder(context);
	const env = { MASKWRIGHT_HOME: home, MASKWRIGHT_HUB_ENDPOINT: hub.endpoint };
	const { code, stderr } = await call(["download", id, "--yes"], env, (child) => {
		hub.fileFaults["model.safetensors"] = [
			(request, response, content) => {
				response.writeHead(200, { "content-length": content.length });
				response.write(content.subarray(0, 100), () => child.kill("SIGINT"));
				request.on("close", () => {});
			},
		];
	});
	assert.deepEqual([code, stderr], [130, `Stopped. What has arrived is kept; go on with: maskwright download ${id}\n`]);
	assert.deepEqual(readdirSync(join(home, "downloads", "owner--tiny-bert")).length, 4);
	assert.equal((await call(["download", id, "--yes"], env)).code, 0);
	assert.deepEqual(listModels({ home }).filter(({ boxed }) => !boxed).length, 1);
});

test("a token from the environment is sent and never told", async (context) => {
	const hub = await tinyHub(context);
	const env = { MASKWRIGHT_HOME: temporaryFolder(context), HF_ENDPOINT: hub.endpoint, HF_TOKEN: "hf_very_secret" };
	hub.fileFaults["config.json"] = [cutAfter(3), status(403)];
	const { code, stdout, stderr } = await call(["download", id, "--yes", "--verbose"], env);
	assert.deepEqual([code, stdout], [1, ""]);
	assert.match(stderr, /gated/);
	assert.ok(!stderr.includes("hf_very_secret"));
	assert.equal(hub.tokens.at(-1), "Bearer hf_very_secret");
});

for (const [typed, agreed] of [
	["y\n", true],
	["YES\n", true],
	["n\n", false],
	["\n", false],
	["yesterday\n", false],
	["", false],
] as const) {
	test(`${JSON.stringify(typed)} is ${agreed ? "a yes" : "no yes"}`, async () => {
		const input = new PassThrough();
		const output = new PassThrough();
		input.end(typed);
		assert.equal(await confirm("Download it?", { input, output }, new AbortController().signal), agreed);
		assert.match(String(output.read()), /^Download it\? \[y\/N\] /);
	});
}

test("a question that is cancelled is no yes", async () => {
	const cancel = new AbortController();
	const answer = confirm("Download it?", { input: new PassThrough(), output: new PassThrough() }, cancel.signal);
	cancel.abort();
	assert.equal(await answer, false);
});
