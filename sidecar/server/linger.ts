/** How long the first client has to come, in milliseconds, however short the linger is. */
const firstClientMilliseconds = 15_000;

/** A timer of Node's that is set to longer fires at once. */
const longestTimer = 2 ** 31 - 1;

export interface LingerOptions {
	/** How long nobody must have been there. Infinite: it never ends by itself. */
	readonly seconds: number;
	/** Whether somebody is there or something goes on. */
	readonly busy: () => boolean;
	readonly end: () => void;
}

/** Ends the sidecar once nobody has needed it for a time. Returns what is called whenever `busy` may have changed. */
export function createLinger({ seconds, busy, end }: LingerOptions): () => void {
	if (!Number.isFinite(seconds)) return () => {};
	let needed = false;
	let timer: NodeJS.Timeout | undefined;
	const check = (): void => {
		if (busy()) {
			needed = true;
			clearTimeout(timer);
			timer = undefined;
			return;
		}
		const milliseconds = Math.min(seconds * 1000, longestTimer);
		timer ??= setTimeout(end, needed ? milliseconds : Math.max(milliseconds, firstClientMilliseconds)).unref();
	};
	check();
	return check;
}
