import { stat } from "node:fs/promises";
import { MaskwrightError } from "../../base/errors.ts";
import type { Corpus } from "../document.ts";
import { readFolder } from "./folder.ts";
import type { ReadOptions } from "./intake.ts";
import { readJsonLines } from "./jsonLines.ts";
import { readTriples } from "./triples.ts";

/**
 * Reads a folder of source files, a `.jsonl` or `.jsonl.xz` file of `{text, path, pkg?}` lines, or a `.tsv` file of triples. Throws `notFound`
 * for a path that does not exist, `usage` for another kind of file or a broken line, `emptyCorpus` when the rules
 * leave nothing, `interrupted` when the signal is aborted.
 */
export async function readCorpus(path: string, options: ReadOptions = {}): Promise<Corpus> {
	const found = await stat(path).catch((cause: unknown) => {
		throw new MaskwrightError(
			"notFound",
			`${path} does not exist or cannot be opened. Name a folder with source code.`,
			{
				cause,
			},
		);
	});
	if (found.isDirectory()) return readFolder(path, options);
	if (/\.jsonl(\.xz)?$/.test(path)) return readJsonLines(path, options);
	if (path.endsWith(".tsv")) return readTriples(path, options);
	throw new MaskwrightError(
		"usage",
		`${path} is neither a folder nor a .jsonl or .jsonl.xz file, so it cannot be read as code. Tables, pairs and sequences are read by recipes that say so in data.reader.`,
	);
}
