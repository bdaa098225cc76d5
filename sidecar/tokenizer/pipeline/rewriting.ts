import { type AlignedText, AlignedTextWriter } from "./alignedText.ts";
import type { Pattern } from "./patterns.ts";

/** Puts `content` for every match of a pattern. */
export function replaceMatches(source: AlignedText, pattern: Pattern, content: string): AlignedText {
	const out = new AlignedTextWriter(source);
	let kept = 0;
	let changed = false;
	pattern.matches(source.text, (from, to) => {
		out.keep(kept, from);
		if (content !== "") out.replace(from, to, content);
		kept = to;
		changed = true;
	});
	out.keep(kept, source.text.length);
	return changed ? out.finish() : source;
}

/** Puts `prefix` before a text, unless there is none. */
export function withPrefix(source: AlignedText, prefix: string): AlignedText {
	if (source.text === "") return source;
	const out = new AlignedTextWriter(source);
	out.replace(0, 0, prefix);
	out.keep(0, source.text.length);
	return out.finish();
}
