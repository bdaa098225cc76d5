import { execFile } from "node:child_process";
import { renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PackagingFailure } from "./failure.ts";
import type { Target } from "./targets.ts";

/** The first day that a zip archive can tell: the same inputs make the same bytes, whenever that is. */
const date = Date.UTC(1980, 0, 1) / 1000;

/** Makes `file` of a staged package with vsce, which checks the manifest and looks for secrets; whole or not at all. */
export async function writeVsix(stage: string, file: string, target: Target): Promise<void> {
	const vsce = fileURLToPath(import.meta.resolve("@vscode/vsce/vsce"));
	const temporary = `${file}.${process.pid}`;
	const args = ["package", "--target", target.name, "--out", temporary];
	// There are no links to rewrite: what the README names is in the package.
	const asItIs = [
		"--no-dependencies",
		"--allow-missing-repository",
		"--no-rewrite-relative-links",
		"--no-gitHubIssueLinking",
	];
	const env = { ...process.env, SOURCE_DATE_EPOCH: String(date), TZ: "UTC", LC_ALL: "C" };
	try {
		await execute(process.execPath, [vsce, ...args, ...asItIs], { cwd: stage, env, maxBuffer: 2 ** 24 });
		renameSync(temporary, file);
	} catch (error) {
		const { stderr = "", message } = error as Error & { stderr?: string };
		const lines = (stderr || message).trim().split("\n");
		const reason = lines.find((line) => /error/i.test(line)) ?? lines.at(-1);
		if (/ENOSPC/.test(reason ?? "")) throw Object.assign(new Error(reason, { cause: error }), { code: "ENOSPC" });
		throw new PackagingFailure(`vsce made no package of ${stage}: ${reason}`, { cause: error });
	} finally {
		rmSync(temporary, { force: true });
	}
}

const execute = promisify(execFile);
