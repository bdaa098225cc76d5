import { realpath, stat } from "node:fs/promises";
import { MaskwrightError } from "../../base/errors.ts";

/** The real path of a folder, so that it has one name. Throws `notFound`, or `usage` for something else. */
export async function realFolder(folder: string): Promise<string> {
	try {
		const path = await realpath(folder);
		if ((await stat(path)).isDirectory()) return path;
	} catch (cause) {
		const sentence = `${folder} does not exist or cannot be opened. Name a folder with source code.`;
		throw new MaskwrightError("notFound", sentence, { cause });
	}
	throw new MaskwrightError("usage", `${folder} is a file. Name a folder with source code.`);
}
