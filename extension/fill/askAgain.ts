/** Milliseconds after which a fill that has not come is asked for again: an answer is lost when a model changes meanwhile. */
const waits = [1500, 3000, 6000] as const;

export interface AskAgain {
	/** To be called when the text at the caret has changed; what was planned for the text before is forgotten. */
	edited(): void;
	dispose(): void;
}

/**
 * VS Code asks for a fill once after each edit. Asks again, three times at most, while a fill is missing: there is a
 * mask to fill, no fill of it is known, and none is being waited for.
 */
export function createAskAgain({ isMissing, ask }: { isMissing: () => boolean; ask: () => void }): AskAgain {
	let timer: NodeJS.Timeout | undefined;
	const plan = (attempt: number): void => {
		clearTimeout(timer);
		const wait = waits[attempt];
		if (wait === undefined) return;
		timer = setTimeout(() => {
			if (isMissing()) ask();
			plan(attempt + 1);
		}, wait);
	};
	return { edited: () => plan(0), dispose: () => clearTimeout(timer) };
}
