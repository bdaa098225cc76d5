import { MaskwrightError } from "../base/errors.ts";
import { byteCharacters, bytesByCharacter } from "./byteLevel.ts";
import { PairTable } from "./pairTable.ts";
import type { SplitPattern } from "./splitPatterns.ts";
import { encodeWtf8 } from "./wtf8.ts";

/** What byte-pair merges are learned with. */
export interface BpeTraining {
	readonly vocabularySize: number;
	/** Whether fewer tokens will do when the pairs run out. */
	readonly fits: boolean;
	readonly specialTokens: readonly string[];
	/** A pair that occurs less often is not merged. */
	readonly minFrequency: number;
	readonly split: SplitPattern;
}

/** A vocabulary in the order of its ids, and the merges in the order of their rank. */
export interface TrainedBpe {
	readonly tokens: readonly string[];
	readonly merges: readonly (readonly [string, string])[];
}

/** Pre-tokens longer than this (base64, minified blobs) teach nothing about names and are not counted. */
const longestWord = 256;

/**
 * Learns byte-pair merges (Sennrich et al. 2016) over the unique pre-tokens of some texts. The most frequent pair
 * merges first; of equally frequent ones that of the smaller left id, then of the smaller right id, as Hugging Face's
 * `BpeTrainer` has it. Throws `vocabularyTooLarge` when the pairs run out first and nothing is to
 * fit.
 */
export function trainBpe(texts: Iterable<string>, training: BpeTraining): TrainedBpe {
	const trainer = new Trainer(countWords(texts, training.split), training);
	return trainer.train();
}

function countWords(texts: Iterable<string>, split: SplitPattern): Map<string, number> {
	const counts = new Map<string, number>();
	for (const text of texts) {
		for (let from = 0; from < text.length; ) {
			const end = split.next(text, from, text.length);
			if (end - from <= longestWord) {
				const word = text.slice(from, end);
				counts.set(word, (counts.get(word) ?? 0) + 1);
			}
			from = end;
		}
	}
	return counts;
}

class Trainer {
	readonly #training: BpeTraining;
	readonly #tokens: string[];
	readonly #ids: Map<string, number>;
	readonly #merges: [string, string][] = [];
	readonly #special: ReadonlySet<string>;
	/** Word w has its symbols at `offsets[w]` up to `offsets[w] + lengths[w]`. */
	readonly #symbols: Int32Array;
	readonly #offsets: Int32Array;
	readonly #lengths: Int32Array;
	readonly #wordCounts: Float64Array;
	readonly #pairs = new PairTable(1 << 16);
	readonly #pairCounts: number[] = [];
	/** For each pair, the words that hold it, or once did. */
	readonly #pairWords: number[][] = [];
	/** Pairs whose count grew since they were last queued. */
	readonly #grown: Set<number> = new Set();
	readonly #queue: PairQueue;

	constructor(words: ReadonlyMap<string, number>, training: BpeTraining) {
		this.#training = training;
		this.#special = new Set(training.specialTokens);
		this.#tokens = [...training.specialTokens, ...bytesByCharacter.map((byte) => byteCharacters[byte]!)];
		this.#ids = new Map(this.#tokens.map((token, id) => [token, id]));
		const spelled = [...words.keys()].map(encodeWtf8);
		this.#offsets = new Int32Array(spelled.length);
		this.#lengths = Int32Array.from(spelled, (bytes) => bytes.length);
		this.#wordCounts = Float64Array.from(words.values());
		this.#symbols = new Int32Array(spelled.reduce((sum, bytes) => sum + bytes.length, 0));
		const idOfByte = byteCharacters.map((character) => this.#ids.get(character)!);
		let offset = 0;
		for (const [word, bytes] of spelled.entries()) {
			this.#offsets[word] = offset;
			for (const byte of bytes) this.#symbols[offset++] = idOfByte[byte]!;
		}
		this.#queue = new PairQueue(this.#pairs);
	}

	train(): TrainedBpe {
		this.#countPairs();
		const { vocabularySize, minFrequency, fits } = this.#training;
		while (this.#tokens.length < vocabularySize) {
			const pair = this.#mostFrequent();
			if (pair < 0 || this.#pairCounts[pair]! < Math.max(1, minFrequency)) {
				if (fits) break;
				this.#refuse();
			}
			const left = this.#tokens[this.#pairs.left(pair)]!;
			const right = this.#tokens[this.#pairs.right(pair)]!;
			// A piece spelled like a special token would let ordinary text become that token.
			if (this.#special.has(left + right)) continue;
			this.#merges.push([left, right]);
			this.#mergeEverywhere(pair, this.#idOf(left + right));
		}
		return { tokens: this.#tokens, merges: this.#merges };
	}

	#idOf(token: string): number {
		const known = this.#ids.get(token);
		if (known !== undefined) return known;
		this.#ids.set(token, this.#tokens.length);
		return this.#tokens.push(token) - 1;
	}

	#countPairs(): void {
		for (let word = 0; word < this.#offsets.length; word++) {
			const end = this.#offsets[word]! + this.#lengths[word]!;
			for (let at = this.#offsets[word]!; at + 1 < end; at++) {
				this.#change(this.#symbols[at]!, this.#symbols[at + 1]!, this.#wordCounts[word]!, word);
			}
		}
		this.#queueGrown();
	}

	/** Adds `by` to the count of a pair; a pair that gains is noted for the queue and remembers the word. */
	#change(left: number, right: number, by: number, word: number): void {
		const pair = this.#pairs.add(left, right);
		if (pair === this.#pairCounts.length) {
			this.#pairCounts.push(0);
			this.#pairWords.push([]);
		}
		this.#pairCounts[pair]! += by;
		if (by < 0) return;
		const words = this.#pairWords[pair]!;
		if (words[words.length - 1] !== word) words.push(word);
		this.#grown.add(pair);
	}

	#queueGrown(): void {
		for (const pair of this.#grown) this.#queue.push(pair, this.#pairCounts[pair]!);
		this.#grown.clear();
	}

	/** Takes the most frequent pair; a queued count that has since shrunk is corrected and queued again. */
	#mostFrequent(): number {
		while (this.#queue.size > 0) {
			const [pair, count] = this.#queue.pop();
			const now = this.#pairCounts[pair]!;
			if (now === count) return pair;
			this.#queue.push(pair, now);
		}
		return -1;
	}

	#mergeEverywhere(pair: number, merged: number): void {
		const words = this.#pairWords[pair]!;
		this.#pairWords[pair] = [];
		for (const word of words) this.#mergeInWord(word, this.#pairs.left(pair), this.#pairs.right(pair), merged);
		this.#pairCounts[pair] = 0;
		this.#queueGrown();
	}

	#mergeInWord(word: number, left: number, right: number, merged: number): void {
		const symbols = this.#symbols;
		const begin = this.#offsets[word]!;
		const end = begin + this.#lengths[word]!;
		const count = this.#wordCounts[word]!;
		let to = begin;
		for (let at = begin; at < end; at++) {
			const symbol = symbols[at]!;
			if (symbol !== left || at + 1 === end || symbols[at + 1] !== right) {
				symbols[to++] = symbol;
				continue;
			}
			if (to > begin) {
				this.#change(symbols[to - 1]!, left, -count, word);
				this.#change(symbols[to - 1]!, merged, count, word);
			}
			if (at + 2 < end) {
				this.#change(right, symbols[at + 2]!, -count, word);
				this.#change(merged, symbols[at + 2]!, count, word);
			}
			symbols[to++] = merged;
			at++;
		}
		this.#lengths[word] = to - begin;
	}

	#refuse(): never {
		const largest = this.#tokens.length;
		const asked = this.#training.vocabularySize;
		throw new MaskwrightError(
			"vocabularyTooLarge",
			`The text supports a vocabulary of at most ${largest} pieces, and ${asked} were asked for: ` +
				`set vocabularySize to ${largest} or less, or train on more text.`,
			{ data: { largest } },
		);
	}
}

/** A heap of pairs by falling count, then rising left and right id. */
class PairQueue {
	readonly #pairs: PairTable;
	readonly #heap: number[] = [];
	readonly #counts: number[] = [];

	constructor(pairs: PairTable) {
		this.#pairs = pairs;
	}

	get size(): number {
		return this.#heap.length;
	}

	push(pair: number, count: number): void {
		let at = this.#heap.length;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			if (!this.#before(pair, count, parent)) break;
			this.#heap[at] = this.#heap[parent]!;
			this.#counts[at] = this.#counts[parent]!;
			at = parent;
		}
		this.#heap[at] = pair;
		this.#counts[at] = count;
	}

	pop(): [pair: number, count: number] {
		const top: [number, number] = [this.#heap[0]!, this.#counts[0]!];
		const pair = this.#heap.pop()!;
		const count = this.#counts.pop()!;
		const size = this.#heap.length;
		if (size === 0) return top;
		let at = 0;
		for (;;) {
			let child = 2 * at + 1;
			if (child >= size) break;
			if (child + 1 < size && this.#before(this.#heap[child + 1]!, this.#counts[child + 1]!, child)) child++;
			if (this.#before(pair, count, child)) break;
			this.#heap[at] = this.#heap[child]!;
			this.#counts[at] = this.#counts[child]!;
			at = child;
		}
		this.#heap[at] = pair;
		this.#counts[at] = count;
		return top;
	}

	/** Whether a pair comes before the one at a place of the heap. */
	#before(pair: number, count: number, place: number): boolean {
		const other = this.#heap[place]!;
		const otherCount = this.#counts[place]!;
		if (count !== otherCount) return count > otherCount;
		const left = this.#pairs.left(pair) - this.#pairs.left(other);
		return left !== 0 ? left < 0 : this.#pairs.right(pair) < this.#pairs.right(other);
	}
}
