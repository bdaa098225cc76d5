/** Models made to harm: each is refused with a sentence, and nothing outside its folder is opened or written. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ErrorName, isError } from "../../../sidecar/base/errors.ts";
import { importModel } from "../../../sidecar/interop/importModel.ts";
import { readWeightShapes, readWeights } from "../../../sidecar/interop/weightFiles.ts";
import { latestCheckpoint, writeCheckpoint } from "../../../sidecar/store/checkpoints.ts";
import { loadModel, saveModel } from "../../../sidecar/store/modelFolder.ts";
import { listModels } from "../../../sidecar/store/models.ts";
import { readRunRecipe } from "../../../sidecar/store/runs.ts";
import { parseRecipe } from "../../../sidecar/train/recipe.ts";
import { writeHuggingFaceFolder } from "../../support/huggingFaceFolder.ts";
import { headerEntry, safetensorsFile } from "../../support/safetensorsBytes.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { trackFiles } from "../../support/trackedFiles.ts";

/** More than any refusal reads: the small files of a folder, and the headers of its weights. */
const mostBytesRead = 4 << 20;

interface Sandbox {
	/** Holds a sound model, for a test to spoil. */
	readonly folder: string;
	/** Where nobody has any business: the same sound model, and a secret. */
	readonly outside: string;
	readonly home: string;
}

function sandbox(context: TestContext): Sandbox {
	const root = temporaryFolder(context);
	const places = { folder: join(root, "model"), outside: join(root, "outside"), home: join(root, "home") };
	writeHuggingFaceFolder(places.folder, "google-bert/bert-base-uncased", {
		files: { "1_Pooling/config.json": '{"pooling_mode_mean_tokens":true}', "README.md": "# A model" },
	});
	writeHuggingFaceFolder(places.outside, "google-bert/bert-base-uncased");
	writeFileSync(join(places.outside, "secret.txt"), "canary");
	mkdirSync(places.home);
	return places;
}

const contentsOf = (folder: string): string[] =>
	readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => `${entry.name} ${readFileSync(join(entry.parentPath, entry.name)).toString("base64")}`)
		.sort();

/** Has the readers of a folder look at a spoiled one, and says what must come of it. */
async function refusedBy(
	places: Sandbox,
	readers: readonly ((places: Sandbox) => unknown)[],
	names: readonly ErrorName[] = ["modelInvalid", "notFound", "tokenizerInvalid"],
): Promise<void> {
	const before = contentsOf(places.outside);
	for (const read of readers) {
		const use = await trackFiles(async () => {
			await assert.rejects(
				async () => read(places),
				(error) => {
					assert.ok(isError(error, ...names), String(error));
					assert.match(error.message, /^[^\n]{1,1000}[.)"]$/);
					return true;
				},
			);
		});
		const allowed = [places.folder, places.home];
		const strayed = [...use.opened, ...use.changed].filter(
			(path) =>
				!allowed.some((each) => path === each || path.startsWith(`${each}/`)) && !/\.tsx?$|\.json$|^\d+$/.test(path),
		);
		assert.deepEqual(strayed, []);
		assert.ok(![...use.opened, ...use.changed].some((path) => path.includes("outside") || path.includes("..")));
		assert.ok(use.bytesRead < mostBytesRead, `${use.bytesRead} bytes were read`);
		assert.ok(use.opened.length < 60, `${use.opened.length} files were opened`);
	}
	assert.deepEqual(contentsOf(places.outside), before);
	assert.deepEqual(readdirSync(places.home), []);
}

const byImport = ({ folder, home }: Sandbox) => importModel({ folder, home });
const byWeights = ({ folder }: Sandbox) => readWeights(folder);
const byShapes = ({ folder }: Sandbox) => readWeightShapes(folder);
/** Ours need a tokenizer.json; the weights are read before it. */
const byLoad = ({ folder }: Sandbox) => {
	writeFileSync(join(folder, "tokenizer.json"), "{}");
	return loadModel(folder);
};

test("what is spoiled below is sound before", async (context) => {
	const places = sandbox(context);
	const use = await trackFiles(() => byImport(places));
	assert.ok(use.opened.some((path) => path.endsWith("model.safetensors")) && use.bytesRead > 10_000);
	assert.equal(listModels(places).filter(({ boxed }) => !boxed).length, 1);
});

const four = new Uint8Array(4);
const named = (name: string): Uint8Array => safetensorsFile(`{${JSON.stringify(name)}:${headerEntry("[0,4]")}}`, four);
const offsets = (text: string): Uint8Array => safetensorsFile(`{"a":${headerEntry(text)}}`, four);
const shaped = (text: string): Uint8Array => safetensorsFile(`{"a":${headerEntry("[0,4]", text)}}`, four);
const typed = (text: string): Uint8Array =>
	safetensorsFile(`{"a":{"dtype":${text},"shape":[1],"data_offsets":[0,4]}}`, four);
const header = (text: string | Uint8Array, claimed?: bigint): Uint8Array => safetensorsFile(text, four, claimed);
const deep = (open: string, close: string): string => `{"a":${open.repeat(100_000)}${close.repeat(100_000)}}`;

const weightFiles: Record<string, Uint8Array> = {
	nothing: new Uint8Array(0),
	"one byte": new Uint8Array(1),
	"a header without its text": safetensorsFile(""),
	...Object.fromEntries(
		[1n, 3n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n].map((n) => [
			`a header of ${n} bytes`,
			header("{}", n),
		]),
	),
	...Object.fromEntries(
		[
			"[]",
			"null",
			"1",
			'"a"',
			"{",
			"}",
			"{}}",
			"{} {}",
			'{"a"}',
			'{"a":}',
			"{,}",
			'{"a":1,}',
			"// x\n{}",
			"{'a':1}",
			"\u0000{}",
			" {}",
		].map((text) => [`the header ${JSON.stringify(text)}`, header(text)]),
	),
	"a header in UTF-16": header(new Uint8Array(Buffer.from("{}", "utf16le"))),
	"a header with a lone surrogate in UTF-8": header(
		Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d),
	),
	"an overlong slash in UTF-8": header(Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d)),
	"lists within lists": header(deep("[", "]")),
	"objects within objects": header(deep('{"a":', "}")),
	"a string that does not end": header(`{"a":"${"x".repeat(100_000)}`),
	"a key of backslashes": header(`{"${"\\".repeat(99_999)}`),
	"a hundred thousand tensors": safetensorsFile(
		`{${Array.from({ length: 100_000 }, (_, i) => `"${i}":${headerEntry("[0,0]", "[0]")}`).join(",")}}`,
	),
	"the same name twice": header(`{"a":${headerEntry("[0,4]")},"\\u0061":${headerEntry("[0,4]")}}`),
	"metadata twice": header('{"__metadata__":{},"__metadata__":{}}'),
	"metadata that is a list": header('{"__metadata__":[]}'),
	"metadata of numbers": header('{"__metadata__":{"a":1}}'),
	"the name __proto__": named("__proto__"),
	...Object.fromEntries(
		[
			"[0,5]",
			"[0,3]",
			"[1,5]",
			"[4,0]",
			"[-4,0]",
			"[0,-4]",
			"[0.5,4]",
			"[0]",
			"[0,4,4]",
			"[]",
			"null",
			'"0,4"',
			'["0","4"]',
			"[0,1e400]",
			"[0,9007199254740993]",
			"{}",
		].map((text) => [`the offsets ${text}`, offsets(text)]),
	),
	...Object.fromEntries(
		[
			"[2]",
			"[0]",
			"[-1]",
			"[-1,-1]",
			"[1.5]",
			"[null]",
			'["1"]',
			"{}",
			"1",
			"null",
			"[4294967296,4294967296]",
			"[9007199254740992,0]",
			`[${Array(17).fill(1)}]`,
			`[${Array(50_000).fill(1)}]`,
			"[1e308,1e308]",
		].map((text) => [`the shape ${text.slice(0, 40)}`, shaped(text)]),
	),
	...Object.fromEntries(
		[
			'"f32"',
			'"F8"',
			'"constructor"',
			'"__proto__"',
			'"toString"',
			"32",
			"null",
			'["F32"]',
			'"F32\\u0000"',
			`"${"F".repeat(10_000)}"`,
		].map((text) => [`the type ${text.slice(0, 20)}`, typed(text)]),
	),
	"an unknown key": header(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"file":"/etc/passwd"}}`),
	"a hole at the start": safetensorsFile(`{"a":${headerEntry("[4,8]")}}`, new Uint8Array(8)),
	"a hole in the middle": safetensorsFile(
		`{"a":${headerEntry("[0,4]")},"b":${headerEntry("[8,12]")}}`,
		new Uint8Array(12),
	),
	"an overlap by one byte": safetensorsFile(
		`{"a":${headerEntry("[0,4]")},"b":${headerEntry("[3,7]")}}`,
		new Uint8Array(7),
	),
	"bytes at the end": safetensorsFile(`{"a":${headerEntry("[0,4]")}}`, new Uint8Array(5)),
	"data that is cut": safetensorsFile(`{"a":${headerEntry("[0,4]")}}`, new Uint8Array(3)),
	"a pickle": Uint8Array.of(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0, 0x63),
	"a zip": new Uint8Array(Buffer.from(`PK\u0003\u0004${"x".repeat(60)}`, "latin1")),
	"a gzip": Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0),
	HDF5: new Uint8Array(Buffer.from("\u0089HDF\r\n\u001a\n", "latin1")),
};

test(`weights are refused: ${Object.keys(weightFiles).length} files`, async (context) => {
	const places = sandbox(context);
	for (const [what, bytes] of Object.entries(weightFiles)) {
		await context.test(what, async () => {
			writeFileSync(join(places.folder, "model.safetensors"), bytes);
			await refusedBy(places, [byWeights, byShapes, byLoad, byImport]);
			rmSync(join(places.folder, "tokenizer.json"));
		});
	}
});

const sizes = [
	"vocab_size",
	"hidden_size",
	"num_hidden_layers",
	"num_attention_heads",
	"intermediate_size",
	"max_position_embeddings",
];
const values = ["0", "-1", "1.5", "1e9", "1e308", "9007199254740993", '"12"', "null", "[]", "{}", "true"];

test(`a config.json is refused for its sizes: ${sizes.length * values.length} files`, async (context) => {
	const places = sandbox(context);
	const path = join(places.folder, "config.json");
	const sound = JSON.parse(readFileSync(path, "utf8"));
	for (const size of sizes) {
		for (const value of values) {
			writeFileSync(path, JSON.stringify({ ...sound, [size]: "HERE" }).replace('"HERE"', value));
			await refusedBy(places, [byImport]);
		}
	}
	for (const text of [
		"",
		"[]",
		"null",
		"{",
		deep("[", "]"),
		deep('{"a":', "}"),
		'{"model_type":"__proto__"}',
		'{"model_type":{}}',
		"\ufeff[]",
	]) {
		writeFileSync(path, text);
		await refusedBy(places, [byImport]);
	}
});

test("a maskwright.json is refused", async (context) => {
	const places = sandbox(context);
	saveModel(places.folder, {
		config: { model_type: "bert" },
		tensors: new Map([["a", { data: new Float32Array(1), shape: [1] }]]),
		tokenizer: {},
		about: { roles: ["completion"], scores: null },
	});
	const path = join(places.folder, "maskwright.json");
	const about = { roles: ["completion"], scores: null };
	const texts = [
		...[
			"",
			"[]",
			"null",
			"{}",
			"{",
			deep("[", "]"),
			'{"roles":"completion","scores":null}',
			'{"roles":["root"],"scores":null}',
			'{"roles":[],"scores":1}',
		],
		...[[], "x", { "config.json": 1 }, {}, { "../outside/secret.txt": "0" }, { "config.json": "0".repeat(64) }].map(
			(files) => JSON.stringify({ ...about, files }),
		),
	];
	for (const text of texts) {
		writeFileSync(path, text);
		await refusedBy(places, [({ folder }) => loadModel(folder)]);
	}
});

const names = [
	"config.json",
	"model.safetensors",
	"vocab.txt",
	"tokenizer_config.json",
	"README.md",
	"1_Pooling/config.json",
];

/** What stands in the place of a file. */
const impostors: Record<string, (path: string, places: Sandbox) => void> = {
	"a link to the same file elsewhere": (path, { outside }) =>
		symlinkSync(join(outside, path.endsWith("safetensors") ? "model.safetensors" : "config.json"), path),
	"a link to a secret": (path) => symlinkSync("../outside/secret.txt", path),
	"a link to nothing": (path) => symlinkSync("nowhere", path),
	"a link to itself": (path) => symlinkSync(path, path),
	"a link to a device": (path) => symlinkSync("/dev/zero", path),
	"a pipe": (path) => execFileSync("mkfifo", [path]),
	"a folder": (path) => mkdirSync(path),
	"a file of a terabyte": (path) => {
		writeFileSync(path, "");
		truncateSync(path, 2 ** 40);
	},
};

for (const [what, put] of Object.entries(impostors)) {
	test(`${what} in the place of each file is refused`, { skip: process.platform === "win32" }, async (context) => {
		for (const name of names) {
			const places = sandbox(context);
			const path = join(places.folder, name);
			rmSync(path);
			put(path, places);
			await refusedBy(places, [byImport]);
		}
	});
}

test("a socket, and a link in the place of a folder, are refused or not looked into", {
	skip: process.platform === "win32",
}, async (context) => {
	const places = sandbox(context);
	const path = join(places.folder, "config.json");
	rmSync(path);
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(path, resolve));
	context.after(() => server.close());
	await refusedBy(places, [byImport]);

	const other = sandbox(context);
	rmSync(join(other.folder, "1_Pooling"), { recursive: true });
	mkdirSync(join(other.outside, "pooling"));
	writeFileSync(join(other.outside, "pooling", "config.json"), '{"pooling_mode_cls_token":true}');
	symlinkSync("../outside/pooling", join(other.folder, "1_Pooling"));
	const use = await trackFiles(() => byImport(other));
	assert.ok(!use.opened.some((opened) => opened.includes("1_Pooling")));
});

test("weights of a terabyte whose header is sound are refused before a byte of them is read", async (context) => {
	const places = sandbox(context);
	const bytes = 2 ** 40;
	const text = `{"a":{"dtype":"F32","shape":[${bytes / 4}],"data_offsets":[0,${bytes}]}}`;
	const path = join(places.folder, "model.safetensors");
	writeFileSync(path, safetensorsFile(text));
	truncateSync(path, 8 + text.length + bytes);
	await refusedBy(places, [byWeights, byShapes, byImport]);
});

test("links of a forged cache lead nowhere else", { skip: process.platform === "win32" }, async (context) => {
	for (const target of [
		"../../blobs/../../outside/config.json",
		"../../blobs/x",
		"/etc/passwd",
		`../../blobs/${"a".repeat(64)}/../x`,
		`../../../blobs/${"a".repeat(64)}`,
	]) {
		const places = sandbox(context);
		const folder = join(places.folder, "models--a--b", "snapshots", "main");
		mkdirSync(folder, { recursive: true });
		symlinkSync(target, join(folder, "config.json"));
		await refusedBy({ ...places, folder }, [byImport]);
	}
	const places = sandbox(context);
	const folder = join(places.folder, "models--a--b", "snapshots", "main");
	const blob = join(places.folder, "models--a--b", "blobs", "a".repeat(40));
	for (const each of [folder, dirname(blob)]) mkdirSync(each, { recursive: true });
	symlinkSync(join(places.outside, "config.json"), blob);
	symlinkSync(`../../blobs/${"a".repeat(40)}`, join(folder, "config.json"));
	await refusedBy({ ...places, folder }, [byImport]);
});

test("a name for the model leads nowhere", async (context) => {
	const places = sandbox(context);
	for (const name of [
		"..",
		".",
		"",
		"../x",
		"a/b",
		"a\\b",
		"/etc/x",
		"a\u0000",
		"a\n",
		"-x",
		".x",
		"x.",
		"model",
		"a".repeat(500),
		"C:x",
		"~",
	]) {
		await refusedBy(places, [({ folder, home }) => importModel({ folder, home, name })], ["usage"]);
	}
});

test("a checkpoint with a hostile manifest is passed over", { skip: process.platform === "win32" }, async (context) => {
	const places = sandbox(context);
	const tensors = new Map([["a", { data: new Float32Array(1), shape: [1] }]]);
	const file = { bytes: 1, sha256: "0" };
	const manifests = [
		...["", "[]", "null", "{}", deep("[", "]")],
		...[
			{},
			{ "../../secret": file },
			{ "model.safetensors": file },
			{ "model.safetensors": { ...file, bytes: -1 } },
		].map((files) => JSON.stringify({ format: 1, step: 3, files })),
	];
	for (const spoil of [
		...manifests.map((text) => (path: string) => writeFileSync(path, text)),
		(path: string) => symlinkSync("../../../../outside/config.json", path),
		(path: string) => execFileSync("mkfifo", [path]),
		(path: string) => {
			writeFileSync(path, "");
			truncateSync(path, 2 ** 40);
		},
	]) {
		rmSync(places.folder, { recursive: true, force: true });
		const path = join(
			writeCheckpoint(places.folder, 3, { model: tensors, optimizer: tensors, state: {} }),
			"manifest.json",
		);
		rmSync(path);
		spoil(path);
		await refusedBy(places, [({ folder }) => latestCheckpoint(folder)], ["checkpointInvalid"]);
	}
});

test("a run with a hostile recipe is refused", { skip: process.platform === "win32" }, async (context) => {
	const places = sandbox(context);
	const read = ({ folder }: Sandbox) => parseRecipe(readRunRecipe(folder), folder);
	const path = join(places.folder, "recipe.json");
	for (const spoil of [
		...["", "[]", "null", "{}", deep("[", "]"), '{"__proto__":{"name":"x"}}', '{"constructor":{"prototype":{}}}'].map(
			(text) => () => writeFileSync(path, text),
		),
		() => symlinkSync("../outside/config.json", path),
		() => execFileSync("mkfifo", [path]),
		() => {
			writeFileSync(path, "");
			truncateSync(path, 2 ** 40);
		},
	]) {
		rmSync(path, { force: true });
		spoil();
		await refusedBy(places, [read], ["recipeInvalid", "modelInvalid"]);
	}
});
