/**
 * Parses JSON that comes from elsewhere more strictly than `JSON.parse`: throws for a repeated key, for the key
 * `__proto__` and for nesting deeper than `depth`, each of which two readers of one file could take differently.
 */
export function parseStrictJson(text: string, { depth }: { depth: number }): unknown {
	checkKeys(text, depth);
	return JSON.parse(text) as unknown;
}

/** One walk over the tokens that matter: strings, brackets, and which strings stand before a colon. */
function checkKeys(text: string, depth: number): void {
	const open: (Set<string> | undefined)[] = [];
	let at = 0;
	while (at < text.length) {
		const character = text[at];
		if (character === '"') {
			const end = endOfString(text, at);
			if (nextIsColon(text, end)) {
				addKey(open.at(-1), JSON.parse(text.slice(at, end)) as string);
			}
			at = end;
			continue;
		}
		if (character === "{" || character === "[") {
			open.push(character === "{" ? new Set() : undefined);
			if (open.length > depth) throw new SyntaxError(`nested deeper than ${depth}`);
		} else if (character === "}" || character === "]") open.pop();
		at++;
	}
}

function addKey(keys: Set<string> | undefined, key: string): void {
	if (key === "__proto__") throw new SyntaxError("the key __proto__ is not allowed");
	if (keys === undefined) throw new SyntaxError("a key outside an object");
	if (keys.has(key)) throw new SyntaxError(`the key ${JSON.stringify(key.slice(0, 100))} appears twice`);
	keys.add(key);
}

function endOfString(text: string, start: number): number {
	for (let at = start + 1; at < text.length; at++) {
		if (text[at] === "\\") at++;
		else if (text[at] === '"') return at + 1;
	}
	throw new SyntaxError("a string that does not end");
}

function nextIsColon(text: string, at: number): boolean {
	const blank = /[ \t\r\n]*/y;
	blank.lastIndex = at;
	blank.exec(text);
	return text[blank.lastIndex] === ":";
}
