import { createHash } from "node:crypto";
import type { Document } from "../document.ts";
import { type FunctionInFile, functionsOf } from "./functions.ts";
import { type ExampleTokenizer, type GraphExample, type GraphRowShape, graphExampleOf } from "./graphExample.ts";

/** A function of fewer tokens, such as an empty constructor, has nothing to predict from. */
const leastTokens = 8;

export interface FunctionExample {
	readonly source: FunctionInFile;
	readonly example: GraphExample;
}

/**
 * The examples of a file, one for each function, in the order of the file. `seen` holds what was met before and is added
 * to: of equal functions the first one counts.
 */
export async function graphExamplesOf(
	document: Pick<Document, "path" | "text">,
	options: { readonly tokenizer: ExampleTokenizer; readonly shape: GraphRowShape; readonly seen: Set<string> },
): Promise<FunctionExample[]> {
	const examples: FunctionExample[] = [];
	for (const source of await functionsOf(document)) {
		const key = createHash("sha256").update(source.code).digest("base64");
		if (options.seen.has(key)) continue;
		options.seen.add(key);
		const example = graphExampleOf(source, options);
		if (example.text.length - example.codeStart > leastTokens) examples.push({ source, example });
	}
	return examples;
}
