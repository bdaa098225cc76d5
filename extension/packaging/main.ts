/** `npm run package -- --target TARGET [--out FOLDER]` makes maskwright-TARGET-VERSION.vsix. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { PackagingFailure } from "./failure.ts";
import { stagePackage } from "./stage.ts";
import { limitsOf, targetNamed, targets } from "./targets.ts";
import { sizesByPart, vsixContents } from "./vsixContents.ts";
import { writeVsix } from "./writeVsix.ts";

const house = join(import.meta.dirname, "..", "..");
const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`);

try {
	await main();
} catch (error) {
	const { code } = error as NodeJS.ErrnoException;
	const sentence =
		code === "ENOSPC"
			? "The disk is full. Free 300 MB, in the folder for temporary files as well, and try again."
			: error instanceof PackagingFailure || code?.startsWith("ERR_PARSE_ARGS")
				? (error as Error).message
				: (error as Error).stack;
	process.stderr.write(`${sentence}\n`);
	process.exitCode = code?.startsWith("ERR_PARSE_ARGS") ? 2 : 1;
}

async function main(): Promise<void> {
	const { target: name, out } = parseArgs({
		options: { target: { type: "string" }, out: { type: "string", default: house } },
	}).values;
	if (name === undefined) {
		throw new PackagingFailure(
			`Name a target: npm run package -- --target ${targets.map((each) => each.name).join("|")}`,
		);
	}
	const target = targetNamed(name);
	const { version } = JSON.parse(readFileSync(join(house, "package.json"), "utf8")) as { version: string };
	const file = join(resolve(out), `maskwright-${target.name}-${version}.vsix`);
	mkdirSync(resolve(out), { recursive: true });
	const stage = mkdtempSync(join(tmpdir(), "maskwright-package-"));
	try {
		await stagePackage({ house, target, stage, say });
		await writeVsix(stage, file, target);
	} finally {
		rmSync(stage, { recursive: true, force: true });
	}
	report(file);
	const limits = limitsOf(target);
	if (limits !== undefined) say(limits);
}

function report(file: string): void {
	const entries = vsixContents(file);
	const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2).padStart(6)} MB`;
	const packed = entries.reduce((sum, entry) => sum + entry.packed, 0);
	const size = entries.reduce((sum, entry) => sum + entry.size, 0);
	say(`${file}: ${megabytes(packed).trim()} in ${entries.length} files, ${megabytes(size).trim()} when installed.`);
	for (const [part, bytes] of sizesByPart(entries)) say(`  ${megabytes(bytes)}  ${part}`);
}
