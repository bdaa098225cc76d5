import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import * as z from "zod";
import { MaskwrightError } from "../base/errors.ts";
import type { SearchPair } from "../search/query/evaluateSearch.ts";

const lineSchema = z.object({ docstring: z.string(), code: z.string(), func_name: z.string() });

/** Reads pairs of docstring and function, one JSON object a line. Throws `notFound`, and `corpusInvalid` with the line. */
export async function readSearchPairs(file: string): Promise<SearchPair[]> {
	const pairs: SearchPair[] = [];
	try {
		let line = 0;
		for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
			line++;
			if (text.trim() !== "") pairs.push(pairOf(text, `${file}, line ${line}`));
		}
	} catch (cause) {
		if (cause instanceof MaskwrightError) throw cause;
		const sentence = `${file} cannot be read. Give a .jsonl file of objects with docstring, code and func_name.`;
		throw new MaskwrightError("notFound", sentence, { cause });
	}
	if (pairs.length > 0) return pairs;
	throw new MaskwrightError("emptyCorpus", `${file} holds no pair of docstring and function.`);
}

function pairOf(text: string, place: string): SearchPair {
	try {
		const { docstring, code, func_name: name } = lineSchema.parse(JSON.parse(text));
		return { docstring, code, name };
	} catch (cause) {
		const sentence = `${place}: this is no JSON object with the texts docstring, code and func_name.`;
		throw new MaskwrightError("corpusInvalid", sentence, { cause });
	}
}
