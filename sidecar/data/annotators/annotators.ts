import { commentsOf } from "../../syntax/commentRanges.ts";
import { namedSpans } from "../../syntax/namedSpans.ts";
import { proseSpans } from "../../syntax/partsOfSpeech.ts";
import { languageOfPath } from "../languages.ts";
import type { AnnotatorConfig, AnnotatorName } from "../masking/annotatorConfig.ts";
import { readSpansFile } from "../readers/spansFile.ts";
import type { Annotator, TypedSpan } from "./annotator.ts";
import type { ParsedDocument } from "./parsedDocument.ts";

export interface AnnotatorContext {
	/** Where a file that a recipe names is looked for, and above it. */
	readonly folder: string;
}

/** Every annotator by its name in a recipe. */
const annotators: {
	readonly [Name in AnnotatorName]: (
		config: Extract<AnnotatorConfig, { name: Name }>,
		context: AnnotatorContext,
	) => Promise<Annotator>;
} = {
	/** The spans of the grammar of a file of code. */
	treeSitter: async () => ({
		spans: async ({ language, tree }) => (language === undefined ? [] : namedSpans(await tree(), language)),
	}),
	/** Names, nouns and verbs of English: of comments and docstrings in code, and of whole files of prose. */
	partsOfSpeech: async () => ({ spans: spansOfProse }),
	/** What the user tagged. */
	file: async ({ path }, { folder }) => await readSpansFile(path, folder),
};

/** Opens what a recipe names. Throws as `readSpansFile` does. */
export async function openAnnotators(
	configs: readonly AnnotatorConfig[],
	context: AnnotatorContext,
): Promise<Annotator[]> {
	const opened: Annotator[] = [];
	for (const config of configs) {
		const open = annotators[config.name] as (config: AnnotatorConfig, context: AnnotatorContext) => Promise<Annotator>;
		opened.push(await open(config, context));
	}
	return opened;
}

async function spansOfProse({ path, text, language, tree }: ParsedDocument): Promise<readonly TypedSpan[]> {
	if (language === undefined) return isProse(path) ? await proseSpans(text) : [];
	const spans: TypedSpan[] = [];
	for (const [start, end] of commentsOf(await tree(), language)) {
		for (const span of await proseSpans(text.slice(start, end))) {
			spans.push({ ...span, start: start + span.start, end: start + span.end });
		}
	}
	return spans;
}

/** Languages of files that are prose; a file of no known language is text. */
const prose: ReadonlySet<string> = new Set(["markdown", "restructuredtext", "tex"]);

function isProse(path: string): boolean {
	const found = languageOfPath(path);
	return "why" in found || prose.has(found.language);
}
