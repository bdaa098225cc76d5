/** Which files this process opens, and how much it reads of them. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

export interface FileUse {
	/** Every path that was opened, in order. */
	readonly opened: string[];
	/** Every path that was made, moved, linked or removed. */
	readonly changed: string[];
	/** Bytes that were asked for. */
	bytesRead: number;
}

const openers = ["openSync", "readFileSync", "createReadStream"] as const;
const changers = [
	"writeFileSync",
	"mkdirSync",
	"renameSync",
	"rmSync",
	"unlinkSync",
	"linkSync",
	"symlinkSync",
] as const;

/** Runs `action` and gives what it did with files; the readers of models use these calls alone, see `store/`. */
export async function trackFiles(action: () => unknown): Promise<FileUse> {
	const use: FileUse = { opened: [], changed: [], bytesRead: 0 };
	const original = { ...fs };
	for (const name of [...openers, ...changers]) {
		const call = original[name] as (...args: unknown[]) => unknown;
		const paths = (openers as readonly string[]).includes(name) ? use.opened : use.changed;
		(fs as Record<string, unknown>)[name] = (...args: unknown[]) => {
			paths.push(String(args[0]));
			return call(...args);
		};
	}
	(fs as Record<string, unknown>)["readSync"] = (...args: unknown[]) => {
		use.bytesRead += Number(args[3] ?? 0);
		return (original.readSync as (...args: unknown[]) => number)(...args);
	};
	syncBuiltinESMExports();
	try {
		await action();
	} finally {
		for (const name of [...openers, ...changers, "readSync"] as const) Object.assign(fs, { [name]: original[name] });
		syncBuiltinESMExports();
	}
	return use;
}
