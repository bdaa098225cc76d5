import { createInterface } from "node:readline/promises";

/** Where a question is asked: a person is there when `input` is a terminal. */
export interface Conversation {
	readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
	readonly output: NodeJS.WritableStream;
}

/** Asks a question that y or yes agrees to, in any case; anything else, and the end of the input, does not. */
export async function confirm(
	question: string,
	{ input, output }: Conversation,
	signal: AbortSignal,
): Promise<boolean> {
	const lines = createInterface({ input, output });
	try {
		const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
		const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), closed]);
		return /^y(es)?$/i.test(answer.trim());
	} catch (error) {
		if (signal.aborted) return false;
		throw error;
	} finally {
		lines.close();
	}
}
