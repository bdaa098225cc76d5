/** Formats of weights and archives that are known and not read, each with what to do instead. */
import { MaskwrightError } from "../base/errors.ts";
import type { RegularFile } from "../store/regularFile.ts";

/** Reading a pickle runs the program that it holds, so the way out is a conversion where it is trusted. */
const convert = `A pickle can run any program when it is read, so Maskwright does not read it. If you trust it, convert its folder where transformers is installed: python3 -c "from transformers import AutoModelForMaskedLM as M; M.from_pretrained('FOLDER').save_pretrained('FOLDER')"`;

/** By the name of a file of weights, the most likely first. */
const byName: readonly [pattern: RegExp, what: (name: string, folder: string) => string][] = [
	[
		/^pytorch_model.*\.bin(\.index\.json)?$|\.(bin|pt|pth|ckpt|pkl|pickle)$/i,
		(name, folder) => `${name} in ${folder} holds its weights as a Python pickle. ${convert}`,
	],
	[
		/\.(h5|hdf5|msgpack|gguf|onnx|tflite|npz)$/i,
		(name, folder) =>
			`${name} in ${folder} is in a format that is not read. Get the model as model.safetensors, or save it so with transformers.`,
	],
	[
		/\.(zip|tar|tgz|gz|bz2|xz|zst|7z|rar)$/i,
		(name, folder) => `${name} in ${folder} is an archive. Unpack it into a folder of its own and import that folder.`,
	],
];

/** By the first bytes of a file: what it is. */
const byBytes: readonly [magic: string, what: "pickle" | "archive" | "other"][] = [
	["PK\u0003\u0004", "pickle"], // PyTorch's own format since 1.6 is a zip of a pickle and its data
	["PK\u0005\u0006", "archive"],
	["\u0080\u0002", "pickle"],
	["\u0080\u0003", "pickle"],
	["\u0080\u0004", "pickle"],
	["\u0080\u0005", "pickle"],
	["\u0089HDF", "other"],
	["GGUF", "other"],
	["\u001f\u008b", "archive"], // gzip
	["BZh", "archive"],
	["\u00fd7zXZ", "archive"],
	["7z\u00bc\u00af", "archive"],
	["\u0028\u00b5\u002f\u00fd", "archive"], // zstd
];

/**
 * Throws for a folder without safetensors: `modelInvalid` with the way to convert when it holds weights in another
 * format, else `notFound`.
 */
export function refuseForeignWeights(folder: string, names: Iterable<string>): never {
	const sorted = [...names].sort();
	for (const [pattern, what] of byName) {
		const name = sorted.find((each) => pattern.test(each));
		if (name !== undefined) throw new MaskwrightError("modelInvalid", what(name, folder));
	}
	throw new MaskwrightError(
		"notFound",
		`${folder} has no weights: neither model.safetensors nor model.safetensors.index.json. Choose the folder of a Hugging Face model.`,
	);
}

/** Throws `modelInvalid` for a file that begins as a pickle, an archive or another format does, whatever its name. */
export function refuseForeignBytes(file: RegularFile): void {
	const start = new Uint8Array(Math.min(9, file.size));
	file.read(start, 0);
	const text = String.fromCharCode(...start);
	// Safetensors begins with the length of its header, which may look like the mark of a pickle: 640 does.
	if (text[8] === "{") return;
	const what = byBytes.find(([magic]) => text.startsWith(magic))?.[1];
	if (what === undefined) return;
	const { path } = file;
	throw new MaskwrightError(
		"modelInvalid",
		{
			pickle: `${path} is not safetensors but a Python pickle or a zip archive of one. ${convert}`,
			archive: `${path} is an archive. Unpack it into a folder of its own and import that folder.`,
			other: `${path} is not safetensors but in a format that is not read. Get the model as model.safetensors, or save it so with transformers.`,
		}[what],
	);
}
