import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type ErrorName, isError, MaskwrightError } from "../../../../sidecar/base/errors.ts";
import { downloadModel } from "../../../../sidecar/interop/hub/downloadModel.ts";
import { hubClient } from "../../../../sidecar/interop/hub/hubClient.ts";
import { planDownload } from "../../../../sidecar/interop/hub/listing.ts";
import { parseRepository } from "../../../../sidecar/interop/hub/repository.ts";
import {
	type Answer,
	cutAfter,
	type FakeHub,
	fakeHub,
	hubCommit,
	listen,
	sendFile,
	status,
} from "../../../support/fakeHub.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";

const id = "owner/tiny-model";
const weights = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251));
const files = {
	"config.json": '{"model_type":"bert"}',
	"tokenizer.json": "{}",
	"model.safetensors": weights,
	"pytorch_model.bin": "PK",
	"README.md": "# Tiny",
	"1_Pooling/config.json": "{}",
	"onnx/model.onnx": "onnx",
};
const wanted = ["1_Pooling/config.json", "README.md", "config.json", "model.safetensors", "tokenizer.json"];

interface Setting {
	readonly home: string;
	readonly token?: string;
	readonly env?: NodeJS.ProcessEnv;
	readonly waits?: readonly number[];
	readonly silenceMs?: number;
	readonly signal?: AbortSignal;
	readonly check?: (folder: string) => void;
	readonly take?: (folder: string) => Promise<Record<string, Buffer>>;
	readonly onProgress?: (progress: { file: string; bytes: number; total: number }) => void;
}

/** Plans and downloads; gives what then lay in the folder, by name. */
async function download(endpoint: string, setting: Setting): Promise<Record<string, Buffer>> {
	const {
		home,
		token,
		env = {},
		waits = [0, 0, 0],
		silenceMs = 60_000,
		signal = new AbortController().signal,
	} = setting;
	const repository = parseRepository(id, { endpoint });
	const client = hubClient({ repository, env, silenceMs, ...(token === undefined ? {} : { token }) });
	try {
		const plan = await planDownload(client, { waits, signal });
		const onProgress = setting.onProgress ?? (() => {});
		return await downloadModel(client, plan, {
			home,
			waits,
			signal,
			onProgress,
			check: setting.check ?? (() => {}),
			take: setting.take ?? (async (folder) => contentOf(folder)),
		});
	} finally {
		await client.close();
	}
}

/** Answers of the next requests for a file. */
const weightFaults = (hub: FakeHub): Answer[] => (hub.fileFaults["model.safetensors"] ??= []);
const configFaults = (hub: FakeHub): Answer[] => (hub.fileFaults["config.json"] ??= []);

const contentOf = (folder: string): Record<string, Buffer> => {
	const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
	return Object.fromEntries(
		names
			.filter((name) => statSync(join(folder, name)).isFile())
			.map((name) => [name, readFileSync(join(folder, name))]),
	);
};

const folderOf = (home: string): string => join(home, "downloads", "owner--tiny-model");
const fileRequests = (hub: FakeHub, name = "model.safetensors"): string[] =>
	hub.asked
		.filter((path) => path.includes(`${hubCommit}/${name}`))
		.map((path) => path.replace(`/${id}/resolve/${hubCommit}/`, ""));

async function refused(action: Promise<unknown>, name: ErrorName, sentence: RegExp): Promise<void> {
	await assert.rejects(action, (error) => {
		assert.ok(isError(error, name), String(error));
		assert.match(error.message, sentence);
		return true;
	});
}

test("only what an import needs is got, checked, and cleared away afterwards", async (context) => {
	const hub = await fakeHub(context, id, files);
	const home = temporaryFolder(context);
	const progress: number[] = [];
	const got = await download(hub.endpoint, { home, onProgress: ({ bytes }) => progress.push(bytes) });
	assert.deepEqual(
		got,
		Object.fromEntries(wanted.map((name) => [name, Buffer.from(files[name as keyof typeof files])])),
	);
	assert.deepEqual(hub.asked, [
		`/api/models/${id}/revision/main?blobs=true`,
		...["config.json", "tokenizer.json", "README.md", "1_Pooling/config.json", "model.safetensors"].map(
			(name) => `/${id}/resolve/${hubCommit}/${name}`,
		),
	]);
	assert.equal(progress.at(-1), 3031);
	assert.deepEqual(
		progress,
		progress.toSorted((a, b) => a - b),
	);
	assert.deepEqual(readdirSync(join(home, "downloads")), []);
});

test("a plan names address, commit, licence, files and size", async (context) => {
	const hub = await fakeHub(context, id, { ...files, "model-00001-of-00001.safetensors": "other" });
	const client = hubClient({
		repository: parseRepository(id, { endpoint: hub.endpoint, revision: "refs/pr/3" }),
		env: {},
	});
	context.after(() => client.close());
	const { files: planned, ...plan } = await planDownload(client, { waits: [], signal: new AbortController().signal });
	assert.deepEqual(plan, {
		repository: id,
		url: `${hub.endpoint}/${id}`,
		commit: hubCommit,
		license: "mit",
		bytes: 3031,
	});
	assert.deepEqual(
		planned.map(({ name, identity }) => [name, identity.algorithm, identity.size]),
		[
			["config.json", "gitBlob", 21],
			["tokenizer.json", "gitBlob", 2],
			["README.md", "gitBlob", 6],
			["1_Pooling/config.json", "gitBlob", 2],
			["model.safetensors", "sha256", 3000],
		],
	);
	assert.deepEqual(hub.asked, [`/api/models/${id}/revision/refs/pr/3?blobs=true`]);
});

test("a sharded model comes with its index and every shard", async (context) => {
	const shards = { "model-00001-of-00002.safetensors": "one", "model-00002-of-00002.safetensors": "two" };
	const hub = await fakeHub(context, id, { "config.json": "{}", ...shards, "model.safetensors.index.json": "{}" });
	const got = await download(hub.endpoint, { home: temporaryFolder(context) });
	assert.deepEqual(Object.keys(got), ["config.json", ...Object.keys(shards), "model.safetensors.index.json"]);
});

test("a cut download goes on at the byte where it was cut, in the same call and in a later one", async (context) => {
	const hub = await fakeHub(context, id, files);
	const home = temporaryFolder(context);
	weightFaults(hub).push(cutAfter(1000), cutAfter(500), cutAfter(1));
	await refused(download(hub.endpoint, { home, waits: [0, 0] }), "hubUnreachable", /what has arrived is kept/);
	const got = await download(hub.endpoint, { home });
	assert.deepEqual(got["model.safetensors"], weights);
	assert.deepEqual(fileRequests(hub), [
		"model.safetensors",
		"model.safetensors from 1000",
		"model.safetensors from 1500",
		"model.safetensors from 1501",
	]);
	assert.deepEqual(fileRequests(hub, "config.json"), ["config.json"]);
});

test("a model that is refused before its weights came costs no more, and leaves nothing", async (context) => {
	const hub = await fakeHub(context, id, files);
	const home = temporaryFolder(context);
	const check = (folder: string): void => {
		assert.deepEqual(Object.keys(contentOf(folder)), wanted.toSpliced(3, 1));
		throw new MaskwrightError("modelInvalid", "No.");
	};
	await refused(download(hub.endpoint, { home, check }), "modelInvalid", /^No\.$/);
	assert.deepEqual(fileRequests(hub), []);
	assert.deepEqual(readdirSync(join(home, "downloads")), []);
});

test("what arrived is kept when it could not be taken for a reason of this machine", async (context) => {
	const hub = await fakeHub(context, id, files);
	const home = temporaryFolder(context);
	const take = async (): Promise<never> => {
		throw new MaskwrightError("usage", "There is such a model.");
	};
	await refused(download(hub.endpoint, { home, take }), "usage", /such a model/);
	await download(hub.endpoint, { home });
	assert.deepEqual(fileRequests(hub), ["model.safetensors"]);
});

test("a download goes on at any byte", async (context) => {
	for (const cut of [1, 1499, 2999]) {
		const hub = await fakeHub(context, id, files);
		weightFaults(hub).push(cutAfter(cut));
		const got = await download(hub.endpoint, { home: temporaryFolder(context) });
		assert.deepEqual(got["model.safetensors"], weights);
		assert.deepEqual(fileRequests(hub), ["model.safetensors", `model.safetensors from ${cut}`]);
	}
});

/** A home where the first 1000 bytes of the weights have arrived. */
async function halfDownloaded(context: TestContext): Promise<{ hub: FakeHub; home: string; partial: string }> {
	const hub = await fakeHub(context, id, files);
	const home = temporaryFolder(context);
	weightFaults(hub).push(cutAfter(1000));
	await refused(
		download(hub.endpoint, { home, waits: [] }),
		"hubUnreachable",
		/model\.safetensors of owner\/tiny-model/,
	);
	const [name] = readdirSync(folderOf(home)).filter((each) => each.endsWith(".partial"));
	const partial = join(folderOf(home), name!);
	assert.deepEqual(readFileSync(partial), weights.subarray(0, 1000));
	hub.asked.length = 0;
	return { hub, home, partial };
}

test("what arrived of a file that has changed since is not mixed with the new one", async (context) => {
	const { hub, home, partial } = await halfDownloaded(context);
	hub.files["model.safetensors"] = Buffer.from(weights.toReversed());
	const got = await download(hub.endpoint, { home });
	assert.deepEqual(got["model.safetensors"], hub.files["model.safetensors"]);
	assert.deepEqual(fileRequests(hub), ["model.safetensors"]);
	assert.ok(!existsSync(partial));
});

test("what arrived and was damaged on the disk since is got once more", async (context) => {
	const { hub, home, partial } = await halfDownloaded(context);
	writeFileSync(partial, weights.subarray(0, 1000).toReversed());
	assert.deepEqual((await download(hub.endpoint, { home }))["model.safetensors"], weights);
	assert.deepEqual(fileRequests(hub), ["model.safetensors from 1000", "model.safetensors"]);
});

test("a finished file that was damaged on the disk since is got once more", async (context) => {
	const { hub, home } = await halfDownloaded(context);
	truncateSync(join(folderOf(home), "config.json"), 5);
	assert.equal(String((await download(hub.endpoint, { home }))["config.json"]), files["config.json"]);
	assert.deepEqual(fileRequests(hub, "config.json"), ["config.json"]);
});

test("a server that knows no ranges, another size, or another part makes it begin again", async (context) => {
	const whole = (_request: unknown, response: Parameters<typeof sendFile>[1], content: Buffer): void =>
		void response.end(content);
	for (const fault of [
		whole,
		status(416),
		status(206, { "content-range": "bytes 0-2999/3000" }),
		status(206, { "content-range": "bytes 1000-8/9" }),
		status(206),
	]) {
		const { hub, home } = await halfDownloaded(context);
		configFaults(hub).push(fault);
		assert.deepEqual((await download(hub.endpoint, { home }))["model.safetensors"], weights);
	}
});

const faults: Record<string, [prepare: (hub: FakeHub) => void, name: ErrorName, sentence: RegExp]> = {
	"a wrong hash": [
		(hub) => weightFaults(hub).push((_q, r) => void r.end(weights.toReversed())),
		"downloadInvalid",
		/hash differs/,
	],
	"a wrong hash of a small file": [
		(hub) => configFaults(hub).push((_q, r) => void r.end('{"model_type":"mert"}')),
		"downloadInvalid",
		/config\.json.*hash differs/,
	],
	"more bytes than announced in the list": [
		(hub) => configFaults(hub).push((_q, r) => void r.writeHead(200, { "content-length": 22 }).end("x".repeat(22))),
		"downloadInvalid",
		/more than the 21 bytes/,
	],
	"a body without end": [
		(hub) =>
			configFaults(hub).push((_q, r) => {
				const more = (): void => {
					while (!r.destroyed && r.write("x".repeat(65_536)));
				};
				r.on("drain", more);
				more();
			}),
		"downloadInvalid",
		/more than the 21 bytes/,
	],
	"a file that stays too short": [
		(hub) =>
			configFaults(hub).push(
				...[1, 2, 3, 4].map(() => (_q: unknown, r: Parameters<typeof sendFile>[1]) => void r.end("{")),
			),
		"hubUnreachable",
		/cut after 1 of 21 bytes/,
	],
	"a file that is compressed": [
		(hub) =>
			configFaults(hub).push(
				(_q, r, content) => void r.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(content)),
			),
		"hubRefused",
		/"gzip"/,
	],
	"a list that is compressed": [
		(hub) => hub.listingFaults.push((_q, r) => void r.writeHead(200, { "content-encoding": "br" }).end("x")),
		"hubRefused",
		/"br"/,
	],
	"status 401": [(hub) => hub.listingFaults.push(status(401)), "hubRefused", /private or gated.*HF_TOKEN/],
	"status 403": [(hub) => configFaults(hub).push(status(403)), "hubRefused", /gated.*tiny-model/],
	"status 404": [
		(hub) => hub.listingFaults.push(status(404)),
		"notFound",
		/no owner\/tiny-model with the revision main/,
	],
	"status 418": [(hub) => hub.listingFaults.push(status(418)), "hubRefused", /status 418/],
	"busy servers without end": [
		(hub) => hub.listingFaults.push(...[503, 500, 502, 504].map((code) => status(code))),
		"hubUnreachable",
		/status 504/,
	],
	"a server that asks for an hour": [
		(hub) => hub.listingFaults.push(status(429, { "retry-after": "3600" })),
		"hubUnreachable",
		/in 60 min/,
	],
	"a login page instead of a list": [
		(hub) => hub.listingFaults.push((_q, r) => void r.end("<html>")),
		"hubRefused",
		/asks for a login/,
	],
	"a list without end": [
		(hub) =>
			hub.listingFaults.push((_q, r) => {
				const more = (): void => {
					while (!r.destroyed && r.write(" ".repeat(65_536)));
				};
				r.on("drain", more);
				more();
			}),
		"hubRefused",
		/does not end/,
	],
	"redirections without end": [
		(hub) =>
			hub.listingFaults.push(
				...Array.from({ length: 9 }, () => status(302, { location: `/api/models/${id}/revision/main` })),
			),
		"hubRefused",
		/redirects without end/,
	],
	"a redirection to a file": [
		(hub) => configFaults(hub).push(status(302, { location: "file:///etc/passwd" })),
		"hubRefused",
		/redirects to where nothing/,
	],
	"a redirection to nowhere": [(hub) => configFaults(hub).push(status(302)), "hubRefused", /redirects/],
	"a list without hashes": [
		(hub) => {
			hub.changeListing = (listing) => ({
				...listing,
				siblings: listing.siblings.map(({ rfilename }) => ({ rfilename })),
			});
		},
		"hubRefused",
		/size and hash of "config\.json"/,
	],
	"a list with a negative size": [
		(hub) => {
			hub.changeListing = (listing) => ({
				...listing,
				siblings: listing.siblings.map((each) => ({ ...each, size: -1 })),
			});
		},
		"hubRefused",
		/not that of a hub/,
	],
	"a list with a commit that is a path": [
		(hub) => {
			hub.changeListing = (listing) => ({ ...listing, sha: "../../x" });
		},
		"hubRefused",
		/not that of a hub/,
	],
	"a list that names a file twice": [
		(hub) => {
			hub.changeListing = (listing) => ({ ...listing, siblings: [...listing.siblings, ...listing.siblings] });
		},
		"hubRefused",
		/twice/,
	],
	"a list with weights of a petabyte": [
		(hub) => {
			hub.changeListing = (listing) => ({
				...listing,
				siblings: listing.siblings.map((each) =>
					"lfs" in each ? { ...each, lfs: { sha256: "0".repeat(64), size: 2 ** 50 } } : each,
				),
			});
		},
		"modelInvalid",
		/more than Maskwright reads/,
	],
	"a list with a tokenizer of a gigabyte": [
		(hub) => {
			hub.changeListing = (listing) => ({
				...listing,
				siblings: listing.siblings.map((each) => ({ ...each, size: 2 ** 30 })),
			});
		},
		"hubRefused",
		/1073741824 bytes/,
	],
	"pickles alone": [
		(hub) => {
			delete hub.files["model.safetensors"];
		},
		"modelInvalid",
		/pickle.*refs\/pr/,
	],
	"no weights at all": [
		(hub) => {
			delete hub.files["model.safetensors"];
			delete hub.files["pytorch_model.bin"];
		},
		"modelInvalid",
		/no model\.safetensors/,
	],
	"no configuration": [
		(hub) => {
			delete hub.files["config.json"];
		},
		"modelInvalid",
		/no config\.json/,
	],
};

for (const [what, [prepare, name, sentence]] of Object.entries(faults)) {
	test(`${what}: a sentence, and no file under its name that is not what the list says`, async (context) => {
		const hub = await fakeHub(context, id, files);
		const home = temporaryFolder(context);
		prepare(hub);
		await refused(download(hub.endpoint, { home }), name, sentence);
		const left = existsSync(folderOf(home))
			? Object.keys(contentOf(folderOf(home))).filter((each) => !each.endsWith(".partial"))
			: [];
		for (const file of left) assert.deepEqual(readFileSync(join(folderOf(home), file)), hub.files[file]);
	});
}

test("files whose names lead elsewhere are never asked for", async (context) => {
	const hub = await fakeHub(context, id, {
		...files,
		"../../evil.json": "x",
		"sub/config.json": "x",
		"..\\merges.txt": "x",
		"model-00001-of-00002.safetensors/../x": "x",
	});
	await download(hub.endpoint, { home: temporaryFolder(context) });
	assert.equal(hub.asked.length, 1 + wanted.length);
});

test("a busy server is asked again after the time that it names", async (context) => {
	const hub = await fakeHub(context, id, files);
	hub.listingFaults.push(
		status(429, { "retry-after": "0" }),
		status(503, { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }),
	);
	await download(hub.endpoint, { home: temporaryFolder(context) });
	assert.equal(hub.asked.filter((path) => path.startsWith("/api")).length, 3);
});

test("a server that says nothing more is given up and asked again", async (context) => {
	const hub = await fakeHub(context, id, files);
	const silent = (_request: unknown, response: Parameters<typeof sendFile>[1], content: Buffer): void => {
		response.writeHead(200, { "content-length": content.length });
		response.write(content.subarray(0, 5));
	};
	hub.listingFaults.push(() => {});
	configFaults(hub).push(silent);
	const got = await download(hub.endpoint, { home: temporaryFolder(context), silenceMs: 2000 });
	assert.equal(String(got["config.json"]), files["config.json"]);
	assert.deepEqual(fileRequests(hub, "config.json"), ["config.json", "config.json from 5"]);
});

test("a host that does not answer is told of", async (context) => {
	// Port 9 of the loopback interface: nobody listens.
	await refused(
		download("http://127.0.0.1:9", { home: temporaryFolder(context) }),
		"hubUnreachable",
		/ECONNREFUSED.*Check the connection/,
	);
});

test("the token goes to the hub alone, not to where it redirects", async (context) => {
	const elsewhere: (string | undefined)[] = [];
	const other = await listen(context, (request, response) => {
		elsewhere.push(request.headers.authorization);
		sendFile(request, response, weights);
	});
	const hub = await fakeHub(context, id, files);
	hub.listingFaults.push(status(307, { location: `/api/models/${id}/revision/moved` }));
	weightFaults(hub).push(status(302, { location: `${other}/blob` }));
	const got = await download(hub.endpoint, { home: temporaryFolder(context), token: "hf_secret" });
	assert.deepEqual(got["model.safetensors"], weights);
	assert.deepEqual(elsewhere, [undefined]);
	assert.deepEqual(new Set(hub.tokens), new Set(["Bearer hf_secret"]));
	assert.ok(!hub.asked.join().includes("hf_secret"));
});

test("a token never goes into an error, nor over an open connection, nor as another header", async (context) => {
	const hub = await fakeHub(context, id, files);
	hub.listingFaults.push(status(401));
	const home = temporaryFolder(context);
	await refused(
		download(hub.endpoint, { home, token: "hf_secret" }),
		"hubRefused",
		/^(?!.*hf_secret).*token that is set/,
	);
	await refused(download("http://hub.example", { home, token: "hf_secret" }), "usage", /^(?!.*hf_secret).*in the open/);
	await refused(download(hub.endpoint, { home, token: "a\r\nx: y" }), "usage", /characters that no token has/);
});

test("a download that is cancelled keeps what has arrived", async (context) => {
	const hub = await fakeHub(context, id, files);
	const home = temporaryFolder(context);
	const cancel = new AbortController();
	weightFaults(hub).push((_request, response, content) => {
		response.writeHead(200, { "content-length": content.length });
		response.write(content.subarray(0, 1000));
	});
	const started = download(hub.endpoint, {
		home,
		signal: cancel.signal,
		onProgress: ({ file, bytes }) => file === "model.safetensors" && bytes > 1000 && cancel.abort(),
	});
	await refused(started, "interrupted", /Cancelled/);
	assert.deepEqual((await download(hub.endpoint, { home }))["model.safetensors"], weights);
	assert.deepEqual(fileRequests(hub), ["model.safetensors", "model.safetensors from 1000"]);
});

test("a wait between two attempts ends when it is cancelled", async (context) => {
	const hub = await fakeHub(context, id, files);
	const cancel = new AbortController();
	hub.listingFaults.push((request, response, content) => {
		status(503)(request, response, content);
		setImmediate(() => cancel.abort());
	});
	await refused(
		download(hub.endpoint, { home: temporaryFolder(context), waits: [3_600_000], signal: cancel.signal }),
		"interrupted",
		/Cancelled/,
	);
});

test("two downloads of one model do not write one file", async (context) => {
	const hub = await fakeHub(context, id, files);
	const home = temporaryFolder(context);
	let second: Promise<unknown> | undefined;
	await download(hub.endpoint, {
		home,
		onProgress: () => {
			second ??= refused(download(hub.endpoint, { home }), "wrongState", /being downloaded already/);
		},
	});
	await second;
});

test("a proxy that the environment names is used, but for the hosts that it leaves out", async (context) => {
	const hub = await fakeHub(context, id, files);
	const tunnels: string[] = [];
	const { createServer } = await import("node:http");
	const { connect } = await import("node:net");
	const proxy = createServer().on("connect", (request, socket, head) => {
		tunnels.push(request.url!);
		const [host, port] = request.url!.split(":");
		const target = connect(Number(port), host, () => {
			socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
			target.write(head);
			target.pipe(socket).pipe(target);
		});
		for (const end of [target, socket]) end.on("error", () => {});
		context.after(() => target.destroy());
	});
	await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
	context.after(() => proxy.close());
	const address = `127.0.0.1:${(proxy.address() as { port: number }).port}`;
	await download(hub.endpoint, { home: temporaryFolder(context), env: { http_proxy: address } });
	assert.deepEqual(new Set(tunnels), new Set([hub.endpoint.slice("http://".length)]));
	tunnels.length = 0;
	await download(hub.endpoint, {
		home: temporaryFolder(context),
		env: { HTTP_PROXY: `http://${address}`, NO_PROXY: "example.com, 127.0.0.1" },
	});
	assert.deepEqual(tunnels, []);
});
