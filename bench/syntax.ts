import { readCorpus } from "../sidecar/data/readers/corpus.ts";
import { bareCode, chunksOf } from "../sidecar/syntax/chunks.ts";
import { dataflowSpans } from "../sidecar/syntax/dataflowSpans.ts";
import { syntaxLanguageOf } from "../sidecar/syntax/languages.ts";
import { namedSpans } from "../sidecar/syntax/namedSpans.ts";
import { loadParser } from "../sidecar/syntax/parser.ts";

/**
 * The speed of parsing, chunks, named spans and data flow on the first 4 MB of each corpus, by the processor's time.
 * `node --import tsx bench/syntax.ts CORPUS...`, each a folder or a .jsonl or .jsonl.xz file of one language.
 */
const limit = 4_000_000;

for (const path of process.argv.slice(2)) {
	const { documents } = await readCorpus(path);
	const seconds = { parse: 0, chunks: 0, spans: 0, dataflow: 0 };
	let [bytes, files, chunks] = [0, 0, 0];
	let language: string | undefined;
	for (const { path: file, text } of documents) {
		const known = syntaxLanguageOf(file);
		if (known === undefined || bytes >= limit) continue;
		language = known;
		const parser = await loadParser(known);
		const tree = timed("parse", () => parser.parse(text));
		chunks += timed("chunks", () => chunksOf(tree, known).map((chunk) => bareCode(text, chunk))).length;
		timed("spans", () => namedSpans(tree, known));
		timed("dataflow", () => dataflowSpans(tree, known));
		bytes += Buffer.byteLength(text);
		files++;
	}
	const speeds = Object.entries(seconds).map(([name, time]) => `${name} ${(bytes / 1e6 / time).toFixed(1)} MB/s`);
	console.log(`${language}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB, ${chunks} chunks; ${speeds.join(", ")}`);

	function timed<T>(what: keyof typeof seconds, work: () => T): T {
		const before = process.cpuUsage();
		const result = work();
		const { user, system } = process.cpuUsage(before);
		seconds[what] += (user + system) / 1e6;
		return result;
	}
}
