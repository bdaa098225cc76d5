import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Tokenizer } from "../sidecar/tokenizer/tokenizer.ts";
import { trainByteLevelBpe } from "../sidecar/tokenizer/trainer.ts";

/**
 * Seconds to train 8192 pieces on 20 MB of the text under a folder, and the speed of encoding it, both by the wall
 * and by the processor. `node --import tsx bench/tokenizer.ts FOLDER`, where .jsonl files give their `text` fields.
 */
const trainingBytes = 20_000_000;
const vocabularySize = 8192;

const folder = process.argv[2];
if (folder === undefined) {
	console.error("usage: node --import tsx bench/tokenizer.ts FOLDER");
	process.exit(2);
}
const texts = readTexts(folder, trainingBytes);
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
console.log(`${texts.length} texts, ${(bytes / 1e6).toFixed(2)} MB`);
const tokenizer = measure("train", () => trainByteLevelBpe(texts, { vocabularySize }));
const cold = measure("encode, cold cache", () => countPieces(tokenizer, texts));
measure("encode, warm cache", () => countPieces(tokenizer, texts));
console.log(`${(bytes / cold).toFixed(3)} bytes per piece`);

function measure<T>(what: string, work: () => T): T {
	const wall = process.hrtime.bigint();
	const processor = process.cpuUsage();
	const result = work();
	const seconds = Number(process.hrtime.bigint() - wall) / 1e9;
	const user = process.cpuUsage(processor).user / 1e6;
	const speed = (time: number) => `${time.toFixed(2)} s, ${(bytes / 1e6 / time).toFixed(1)} MB/s`;
	console.log(`${what}: wall ${speed(seconds)}; user ${speed(user)}`);
	return result;
}

function countPieces(encoder: Tokenizer, all: readonly string[]): number {
	return all.reduce((sum, text) => sum + encoder.encode(text).ids.length, 0);
}

/** The same share of each file, until there are `limit` bytes. */
function readTexts(from: string, limit: number): string[] {
	const files = readdirSync(from, { recursive: true, encoding: "utf8" }).sort();
	const found = files.flatMap((file) => textsOf(path.join(from, file)));
	const size = found.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
	const every = Math.max(1, size / limit);
	return found.filter((_, index) => Math.floor(index / every) !== Math.floor((index - 1) / every));
}

function textsOf(file: string): string[] {
	if (!/\.\w+$/.test(file)) return [];
	const content = readFileSync(file, "utf8");
	if (!file.endsWith(".jsonl")) return [content];
	return content.split("\n").flatMap((line) => {
		try {
			const { text }: { text?: unknown } = JSON.parse(line);
			return typeof text === "string" ? [text] : [];
		} catch {
			return [];
		}
	});
}
