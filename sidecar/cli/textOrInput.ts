import { MaskwrightError } from "../base/errors.ts";

/** The text of a call, or all of standard input for none or "-". Throws `usage` where a person would have to type it. */
export async function textOrInput(text: string | undefined, wanted: string): Promise<string> {
	if (text !== undefined && text !== "-") return text;
	if (text === undefined && process.stdin.isTTY) throw new MaskwrightError("usage", wanted);
	const chunks: Buffer[] = [];
	for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
	// Not trimmed and with its byte order mark: positions count in the text exactly as given.
	return Buffer.concat(chunks).toString("utf8");
}
