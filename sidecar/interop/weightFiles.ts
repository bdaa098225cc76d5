import { join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { folderNames, readRegularFile, withRegularFile } from "../store/regularFile.ts";
import { type HostTensor, readSafetensors, readSafetensorsEntries } from "../store/safetensors.ts";
import type { TensorEntry } from "../store/safetensorsHeader.ts";
import { parseStrictJson } from "../store/strictJson.ts";
import { refuseForeignBytes, refuseForeignWeights } from "./foreignFormats.ts";

/** The file of a folder whose weights are in one piece, and the one that says which shard holds which tensor. */
const wholeFile = "model.safetensors";
const indexFile = "model.safetensors.index.json";

/** Floating-point types, which become float32. */
const floatTypes = new Set(["F32", "F16", "BF16", "F64"]);

/** Types of buffers beside the weights, such as the position numbers that older checkpoints of BERT hold. */
const bufferTypes = new Set(["I64", "I32", "U8", "BOOL"]);

const limits = {
	indexBytes: 1 << 20, // that of a model with 2,000 tensors has 0.2 MB
	shards: 1000,
	elements: 2 ** 31, // 8 GiB of float32; the largest DeBERTa-v2 has 1.6 thousand million
};

/**
 * All tensors of a Hugging Face folder as float32 by state-dict name: of `model.safetensors`, or of the shards that
 * `model.safetensors.index.json` names. Reads F32, F16, BF16 and F64; buffers of integers are left out. Throws
 * `notFound` where there are no weights, and `modelInvalid` for broken files, for shards that do not hold what their
 * index says, and for other formats, with the way to convert them.
 */
export function readWeights(folder: string): Map<string, HostTensor> {
	const tensors = new Map<string, HostTensor>();
	for (const { path } of checkedFiles(folder)) {
		const read = withRegularFile(path, (file) => readSafetensors(file, ({ dtype }) => floatTypes.has(dtype)));
		for (const [name, tensor] of read) tensors.set(name, tensor);
	}
	return tensors;
}

/**
 * The shapes of the tensors that `readWeights` gives, by name, from the headers of the files alone, so that they can
 * be compared with a configuration before memory is taken. Throws as `readWeights` does.
 */
export function readWeightShapes(folder: string): Map<string, readonly number[]> {
	const shapes = new Map<string, readonly number[]>();
	for (const { entries } of checkedFiles(folder)) {
		for (const [name, { dtype, shape }] of entries) if (floatTypes.has(dtype)) shapes.set(name, shape);
	}
	return shapes;
}

interface WeightFile {
	readonly path: string;
	readonly entries: ReadonlyMap<string, TensorEntry>;
}

/** The files of the weights with what their headers say, checked against the index and the limits. */
function checkedFiles(folder: string): WeightFile[] {
	const names = new Set(folderNames(folder));
	const sharded = !names.has(wholeFile) && names.has(indexFile);
	if (!names.has(wholeFile) && !sharded) return refuseForeignWeights(folder, names);
	const files = sharded ? shards(folder, names) : [weightFile(join(folder, wholeFile))];
	let elements = 0;
	for (const { path, entries } of files) {
		for (const [name, { dtype, shape }] of entries) {
			if (!floatTypes.has(dtype) && !bufferTypes.has(dtype))
				throw invalid(
					`${path} holds the tensor ${JSON.stringify(name)} as ${dtype}; weights are read as ${[...floatTypes].join(", ")}. Save the model in one of these types.`,
				);
			elements += shape.reduce((product, size) => product * size, 1);
		}
	}
	if (elements > limits.elements)
		throw invalid(
			`The model in ${folder} has ${elements} weights, more than the ${limits.elements} that are read. Choose a smaller model.`,
		);
	return files;
}

function weightFile(path: string): WeightFile {
	return withRegularFile(path, (file) => {
		refuseForeignBytes(file);
		return { path, entries: readSafetensorsEntries(file) };
	});
}

/** The shards of an index, each holding exactly the tensors that the index says. */
function shards(folder: string, names: ReadonlySet<string>): WeightFile[] {
	const index = join(folder, indexFile);
	const expected = tensorsByShard(index);
	const missing = [...expected.keys()].find((shard) => !names.has(shard));
	if (missing !== undefined)
		throw new MaskwrightError(
			"notFound",
			`${index} names ${JSON.stringify(missing)}, which is not in the folder. Get the whole model again.`,
		);
	return [...expected].map(([shard, tensors]) => {
		const file = weightFile(join(folder, shard));
		const odd = [...tensors].find((name) => !file.entries.has(name));
		const extra = [...file.entries.keys()].find((name) => !tensors.has(name));
		if (odd !== undefined) throw disagreement(file.path, `has no tensor ${JSON.stringify(odd)}, which its index names`);
		if (extra !== undefined)
			throw disagreement(file.path, `holds the tensor ${JSON.stringify(extra)}, which its index does not place there`);
		return file;
	});
}

/** The tensors of each shard, by the `weight_map` of the index. */
function tensorsByShard(index: string): Map<string, Set<string>> {
	const map = weightMap(index);
	const shards = new Map<string, Set<string>>();
	for (const [name, shard] of Object.entries(map)) {
		if (typeof shard !== "string" || !isShardName(shard))
			throw invalid(
				`${index} places a tensor in ${JSON.stringify(shard)?.slice(0, 100)}, which is no name of a safetensors file in its own folder. Get the model from a source that you trust.`,
			);
		const tensors = shards.get(shard) ?? new Set();
		shards.set(shard, tensors.add(name));
	}
	if (shards.size === 0 || shards.size > limits.shards)
		throw invalid(`${index} names ${shards.size} shards. A model has between 1 and ${limits.shards}.`);
	return shards;
}

function weightMap(index: string): Record<string, unknown> {
	const bytes = readRegularFile(index, { mostBytes: limits.indexBytes });
	try {
		const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
		const { weight_map: map } = parseStrictJson(text, { depth: 4 }) as { weight_map?: unknown };
		if (typeof map === "object" && map !== null && !Array.isArray(map)) return map as Record<string, unknown>;
	} catch (error) {
		throw invalid(`${index} is not plain JSON. Get or write the file again.`, error);
	}
	throw invalid(`${index} has no "weight_map" of tensors to files. Get or write the file again.`);
}

/** A plain name: no separator of any system, no drive, no control character, nothing hidden. */
function isShardName(name: string): boolean {
	return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}\.safetensors$/.test(name);
}

function disagreement(path: string, what: string): MaskwrightError {
	return invalid(`${path} ${what}. Get the whole model again, all files from the same place.`);
}

function invalid(message: string, cause?: unknown): MaskwrightError {
	return new MaskwrightError("modelInvalid", message, cause === undefined ? {} : { cause });
}
