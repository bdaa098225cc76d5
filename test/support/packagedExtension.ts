/** A package of the extension for this machine, made once for a run of the tests. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { targets } from "../../extension/packaging/targets.ts";

const house = join(import.meta.dirname, "..", "..");
const { version }: { version: string } = JSON.parse(readFileSync(join(house, "package.json"), "utf8"));

/** The target that this machine can run, if any. */
export const ownTarget = targets.find(({ os, cpu }) => os === process.platform && cpu === process.arch);

/** Why tests of the package are left out, or false; for `skip`. */
export const packagingLeftOut = whyLeftOut();

function whyLeftOut(): string | false {
	if (ownTarget === undefined) return `Left out: no package is made for ${process.platform}-${process.arch}.`;
	const absent = ownTarget.platformPackages.find((name) => !existsSync(join(house, "node_modules", name)));
	if (absent !== undefined)
		return `Left out: ${absent} is not installed here. Run npm ci on a Linux with glibc, Windows or macOS.`;
	if (existsSync(join(house, "dist", "webview", "inputs.json"))) return false;
	return "Left out: the extension is not built. Run npm run build.";
}

/** The path of the package; whoever asks first makes it. */
export async function packagedExtension(): Promise<string> {
	const name = `maskwright-${ownTarget?.name}-${version}.vsix`;
	const shared = process.env["MASKWRIGHT_TEST_SHARED"] ?? ownFolder();
	const file = join(shared, "package", name);
	if (!existsSync(file)) await makePackage(join(shared, "package"));
	return file;
}

/** Runs `npm run package` without its build, and returns what it says. */
export async function makePackage(out: string, target = ownTarget?.name ?? ""): Promise<string> {
	mkdirSync(out, { recursive: true });
	const program = join(house, "extension", "packaging", "main.ts");
	const args = ["--import", "tsx", program, "--target", target, "--out", out];
	const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: house });
	return stdout;
}

let own: string | undefined;

/** Where a test file runs without test/run.ts. */
function ownFolder(): string {
	if (own === undefined) {
		const made = mkdtempSync(join(tmpdir(), "maskwright-shared-"));
		process.on("exit", () => rmSync(made, { recursive: true, force: true }));
		own = made;
	}
	return own;
}
