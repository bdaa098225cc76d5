/**
 * Speed and size of the index of a folder: `node --import tsx bench/index.ts FOLDER [FILES] [THREADS]`.
 *
 * - The first tier (all files found by their words) beside full-text indexing alone: the same files read by the same
 *   rules into the same kind of FTS5 table, a row a file, and nothing else.
 * - The whole index of the first FILES files (400) beside plain loops: the same encoder with the same threads, files one
 *   after the other, one text a run; once every text in the one session of the encoder's whole length, and once in
 *   sessions of lengths like its own. The encoder has the shape of `code-mlm-small` and weights as drawn.
 * - What one changed function costs, and bytes a chunk.
 *
 * Times are those of the clock, since threads work beside the one that writes: measure on a quiet machine.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compile } from "../sidecar/autodiff/compile.ts";
import { Graph } from "../sidecar/autodiff/graph.ts";
import type { Value } from "../sidecar/autodiff/value.ts";
import { listFolder } from "../sidecar/data/readers/listing.ts";
import { embeddedIds } from "../sidecar/inference/embeddedIds.ts";
import { openEmbedder } from "../sidecar/inference/embedder.ts";
import { embeddingSpecs, rowFeeds, vectorGraph } from "../sidecar/inference/vectorizer.ts";
import { encoderConfigSchema } from "../sidecar/model/config.ts";
import { fromHuggingFaceConfig, toHuggingFaceConfig } from "../sidecar/model/huggingFace.ts";
import { initialParameters, parameterSpecs } from "../sidecar/model/parameters.ts";
import { embeddedText } from "../sidecar/search/chunkText.ts";
import { openDatabase } from "../sidecar/search/index/database.ts";
import { FolderIndexer } from "../sidecar/search/index/folderIndexer.ts";
import type { OpenModel } from "../sidecar/search/index/folderModel.ts";
import { cutIntoChunks, readContent } from "../sidecar/search/index/readFile.ts";
import { subTokens } from "../sidecar/search/subTokens.ts";
import { openSession } from "../sidecar/session/session.ts";
import { floats } from "../sidecar/session/tensor.ts";
import { loadModel, saveModel } from "../sidecar/store/modelFolder.ts";
import { loadTokenizer } from "../sidecar/tokenizer/loadTokenizer.ts";
import { trainByteLevelBpe } from "../sidecar/tokenizer/trainer.ts";

// Threads begin from what is built (`npm run build` first): the loader of the sources does not reach them.
const built = (name: string) => import(new URL(`../dist/sidecar/compute/${name}.js`, import.meta.url).href);
const { openEmbedderThreads }: typeof import("../sidecar/compute/embedderThread.ts") = await built("embedderThread");
const { Cutters }: typeof import("../sidecar/compute/cutters.ts") = await built("cutters");

const [folder, count = "400", cores = "1"] = process.argv.slice(2);
if (folder === undefined) {
	console.error("usage: node --import tsx bench/index.ts FOLDER [FILES] [THREADS]");
	process.exit(2);
}
const scratch = mkdtempSync(join(tmpdir(), "maskwright-bench-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const threads = Number(cores);
const { root, files } = await listFolder(folder);
console.log(`${files.length} files in ${folder}`);

await measureFirstTier();
const model = await openModel();
await measureWhole(Number(count), model);

async function measureFirstTier(): Promise<void> {
	const alone = await elapsed(fullTextAlone);
	const indexer = new FolderIndexer({ folder: root, home: join(scratch, "words"), openModel: async () => undefined });
	indexer.rescan();
	let first = Number.NaN;
	const all = await elapsed(async () => {
		const started = performance.now();
		while (await indexer.work()) {
			if (indexer.status().state === "indexing" && Number.isNaN(first)) first = (performance.now() - started) / 1_000;
		}
	});
	const { chunks, bytes } = indexer.status();
	tell("full-text indexing alone", alone, files.length, "files");
	tell("first tier: all files found by their words", first, files.length, "files");
	console.log(`  ${(first / alone).toFixed(2)} times full-text indexing alone`);
	tell("with functions and classes", all, chunks, "chunks");
	console.log(`  ${Math.round(bytes / chunks)} bytes a chunk without vectors`);
}

async function fullTextAlone(): Promise<void> {
	const database = openDatabase(join(scratch, "alone.db"), { readonly: false });
	database.exec("CREATE VIRTUAL TABLE text USING fts5(path, body, content='', contentless_delete=1)");
	const insert = database.prepare("INSERT INTO text(rowid, path, body) VALUES(?, ?, ?)");
	const listed = (await listFolder(root)).files;
	for (let start = 0; start < listed.length; start += 256) {
		const contents = await Promise.all(listed.slice(start, start + 256).map((file) => readContent(root, file)));
		database.transaction(() => {
			for (const [place, content] of contents.entries()) {
				if (content?.text === undefined) continue;
				const words = [content.facts.path, content.text].map((text) => subTokens(text).join(" "));
				insert.run(start + place + 1, ...words);
			}
		});
	}
	database.close();
}

async function openModel(): Promise<OpenModel> {
	const texts = files.slice(0, 300).map(({ path }) => readFileSync(join(root, path), "utf8"));
	const tokenizer = trainByteLevelBpe(texts, { vocabularySize: 4096 });
	const config = encoderConfigSchema.parse({
		...{ architecture: "modernbert", layers: 2, hiddenSize: 192, heads: 3, intermediateSize: 384, maxPositions: 128 },
		vocabularySize: tokenizer.vocabularySize,
		paddingId: tokenizer.special.pad,
	});
	const specs = parameterSpecs(config);
	const weights = initialParameters(specs, 1);
	const tensors = new Map(specs.map(({ name, shape }) => [name, { data: weights.get(name)!, shape }]));
	const path = join(scratch, "model");
	saveModel(path, { config: toHuggingFaceConfig(config, tokenizer.special), tensors, tokenizer: tokenizer.toJSON() });
	const embedder = await openEmbedderThreads(path, { executionProvider: "cpu", threads }, 2);
	const { identity, dimension } = embedder;
	await embedder.embed(["warm"]);
	return {
		model: { name: "bench", folder: path, identity, dimension },
		embed: (texts) => embedder.embed(texts),
	};
}

async function measureWhole(wanted: number, model: OpenModel): Promise<void> {
	const copy = join(scratch, "tree");
	for (const { path } of files.slice(0, wanted)) {
		mkdirSync(dirname(join(copy, path)), { recursive: true });
		cpSync(join(root, path), join(copy, path));
	}
	const cutter = new Cutters();
	const indexer = new FolderIndexer({
		folder: copy,
		home: join(scratch, "whole"),
		openModel: async () => model,
		cutter,
	});
	const work = async (): Promise<void> => {
		indexer.rescan();
		while (await indexer.work());
	};
	const whole = await elapsed(work);
	const { chunks, bytes } = indexer.status();
	tell(`index of ${wanted} files`, whole, chunks, "chunks");
	for (const [what, embed] of [
		["plain loop, batch 1, one length", await oneLength(model.model.folder)],
		["plain loop, batch 1, lengths in steps", await eachAlone(model.model.folder)],
	] as const) {
		let embedded = 0;
		const plain = await elapsed(async () => {
			embedded = await plainLoop(copy, embed);
		});
		tell(what, plain, embedded, "chunks");
		console.log(`  the index is ${(plain / whole).toFixed(2)} times as fast`);
	}
	console.log(`  ${Math.round(bytes / chunks)} bytes a chunk with vectors of ${model.model.dimension} units`);
	const before = indexer.embedded;
	const [changed] = files;
	if (changed === undefined) return;
	const file = join(copy, changed.path);
	writeFileSync(file, `${readFileSync(file, "utf8")}\nfunction addedByTheBench() { return 1; }\n`);
	tell("one changed file", await elapsed(work), indexer.embedded - before, "chunks embedded");
}

/** The encoder in sessions of a single row, of a length near the text's. */
async function eachAlone(modelFolder: string): Promise<(text: string) => Promise<Float32Array>> {
	const embedder = await openEmbedder(modelFolder, { executionProvider: "cpu", threads });
	return (text) => embedder.embed("code", [text]);
}

/** The encoder in one session of a single row of its whole length. */
async function oneLength(modelFolder: string): Promise<(text: string) => Promise<Float32Array>> {
	const stored = loadModel(modelFolder);
	const config = fromHuggingFaceConfig(stored.config);
	const tokenizer = loadTokenizer(stored.tokenizer);
	const graph = new Graph();
	const parameters = new Map<string, Value>();
	for (const { name, shape } of embeddingSpecs(config, "mean")) {
		parameters.set(name, graph.constant(stored.tensors.get(name)!.data as Float32Array, shape));
	}
	const row = { prefix: "", rows: 1, length: config.maxPositions };
	const session = await openSession(compile({ vector: vectorGraph(parameters, { ...row, graph, config }) }).model, {
		executionProvider: "cpu",
		threads,
	});
	return async (text) => {
		const ids = embeddedIds(tokenizer, text, { view: "source", limit: config.maxPositions });
		return floats((await session.run(rowFeeds([ids], { ...row, repeatDamping: 0 })))["vector"]!);
	};
}

/** Files one after the other, each text in a run of its own; returns how many. */
async function plainLoop(tree: string, embed: (text: string) => Promise<Float32Array>): Promise<number> {
	const database = openDatabase(join(mkdtempSync(join(scratch, "plain-")), "plain.db"), { readonly: false });
	database.exec(
		"CREATE VIRTUAL TABLE text USING fts5(path, body); CREATE TABLE vectors(id INTEGER PRIMARY KEY, v BLOB)",
	);
	const insertText = database.prepare("INSERT INTO text VALUES(?, ?)");
	const insertVector = database.prepare("INSERT INTO vectors(v) VALUES(?)");
	let done = 0;
	for (const file of (await listFolder(tree)).files) {
		const content = await readContent(tree, file);
		if (content?.text === undefined) continue;
		const { text } = content;
		const { chunks } = await cutIntoChunks(content, "syntax");
		for (const chunk of chunks) {
			const vector = await embed(embeddedText(chunk, text));
			database.transaction(() => {
				insertText.run(file.path, subTokens(chunk.text).join(" "));
				insertVector.run(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
			});
			done++;
		}
	}
	database.close();
	return done;
}

/** Of all threads of this process: other work on the machine does not count. */
/** By the clock. */
async function elapsed(work: () => Promise<void>): Promise<number> {
	const started = performance.now();
	await work();
	return (performance.now() - started) / 1_000;
}

function tell(what: string, time: number, number: number, unit: string): void {
	console.log(`${what}: ${time.toFixed(2)} s, ${number} ${unit}, ${(number / time).toFixed(0)} a second`);
}
