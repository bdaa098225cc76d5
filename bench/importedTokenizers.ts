import { readFileSync } from "node:fs";
import { Tokenizer as PeerTokenizer } from "@huggingface/tokenizers";
import { tokenizerJsonOf } from "../sidecar/tokenizer/fromFiles.ts";
import { loadTokenizer } from "../sidecar/tokenizer/loadTokenizer.ts";

/**
 * How fast a tokenizer made elsewhere encodes, beside the Hugging Face library in JavaScript, which gives no offsets:
 * `node --import tsx bench/importedTokenizers.ts TEXT ROUNDS TOKENIZER.json|MODEL.spm...`. Both encode the same lines in
 * turn, warm; the ratio is of processor times, the median of the rounds.
 */
const [textPath, rounds, ...paths] = process.argv.slice(2);
if (textPath === undefined || rounds === undefined || paths.length === 0) {
	console.error("usage: node --import tsx bench/importedTokenizers.ts TEXT ROUNDS TOKENIZER.json|MODEL.spm...");
	process.exit(2);
}
const lines = readFileSync(textPath, "utf8").split("\n");
const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);

for (const path of paths) {
	const json = path.endsWith(".json")
		? tokenizerJsonOf({ tokenizerJson: readFileSync(path, "utf8") }, "bert")
		: tokenizerJsonOf({ sentencePiece: new Uint8Array(readFileSync(path)) }, "deberta-v2");
	const ours = loadTokenizer(json);
	const theirs = new PeerTokenizer(json as object, {});
	const encodeOurs = (line: string) => ours.encode(line, { parseSpecial: true }).ids.length;
	const encodeTheirs = (line: string) => theirs.encode(line, { add_special_tokens: false }).ids.length;
	const ratios: number[] = [];
	let speed = 0;
	for (let round = 0; round <= Number(rounds); round++) {
		const own = secondsOf(encodeOurs);
		const peer = secondsOf(encodeTheirs);
		if (round > 0) ratios.push(peer / own); // the first round warms both up
		speed = Math.max(speed, bytes / 1e6 / own);
	}
	const median = ratios.sort((a, b) => a - b)[ratios.length >> 1]!;
	console.log(`${path}: ${ours.kind}, ${speed.toFixed(1)} MB/s, the peer's time over ours ${median.toFixed(2)}`);
}

function secondsOf(encode: (line: string) => number): number {
	const before = process.cpuUsage();
	for (const line of lines) encode(line);
	return process.cpuUsage(before).user / 1e6;
}
