/**
 * Whether a path has what a pattern asks for. Without wildcards that is any part of it, in any case. With them, whole
 * parts between slashes, anywhere in the path: `*` stands for letters of one part, `**` for parts too, `?` for one
 * letter; a slash in front means the beginning of the path.
 */
export function matchesPath(path: string, pattern: string): boolean {
	const text = path.toLowerCase();
	const wanted = pattern.toLowerCase().replace(/(?<=.)\/$/, "");
	if (!/[*?]/.test(wanted)) {
		return wanted.startsWith("/") ? `/${text}`.startsWith(wanted) : text.includes(wanted);
	}
	// Most paths have not even the letters, which takes less time to see.
	if (!wanted.split(/\/?[*?]+\/?/).every((letters) => `/${text}`.includes(letters))) return false;
	const tokens = tokensOf(wanted.replace(/^\//, ""));
	const starts = wanted.startsWith("/") ? [0] : partStarts(text);
	return matchesFrom(text, tokens, starts);
}

type Token = { readonly letter: string } | { readonly any: "letter" | "letters" | "parts" };

function tokensOf(pattern: string): Token[] {
	const tokens: Token[] = [];
	// `a/**/b` holds for `a/b` too.
	for (const [found] of pattern.matchAll(/\*\*+\/?|\*|\?|[^*?]/gsu)) {
		if (found.startsWith("**")) tokens.push({ any: "parts" });
		else if (found === "*") tokens.push({ any: "letters" });
		else tokens.push(found === "?" ? { any: "letter" } : { letter: found });
	}
	return tokens;
}

function partStarts(text: string): number[] {
	const starts = [0];
	for (let at = text.indexOf("/"); at >= 0; at = text.indexOf("/", at + 1)) starts.push(at + 1);
	return starts;
}

/**
 * Follows all ways to match at once, position by position: length of the text times that of the pattern at worst,
 * where a backtracking matcher takes a power of it.
 */
function matchesFrom(text: string, tokens: readonly Token[], starts: readonly number[]): boolean {
	let reached = new Uint8Array(tokens.length + 1);
	const entries = new Set(starts);
	for (let position = 0; position <= text.length; position++) {
		if (entries.has(position)) reached[0] = 1;
		for (const [place, token] of tokens.entries()) {
			// Stars may stand for nothing.
			if (reached[place] === 1 && "any" in token && token.any !== "letter") reached[place + 1] = 1;
		}
		const letter = text[position];
		// What matches must end where a part does; what follows are parts below it.
		if (reached[tokens.length] === 1 && (letter === undefined || letter === "/")) return true;
		if (letter === undefined) return false;
		const next = new Uint8Array(tokens.length + 1);
		for (const [place, token] of tokens.entries()) {
			if (reached[place] === 0) continue;
			if ("letter" in token) {
				if (token.letter === letter) next[place + 1] = 1;
			} else if (token.any === "parts" || letter !== "/") next[token.any === "letter" ? place + 1 : place] = 1;
		}
		reached = next;
	}
	return false;
}
