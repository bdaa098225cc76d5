import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { PackagingFailure } from "./failure.ts";
import type { Lockfile } from "./lockfile.ts";

export interface FetchOptions {
	/** The folder of this project. */
	readonly house: string;
	readonly lockfile: Lockfile;
	/** Where archives are kept for the next time. */
	readonly cache: string;
	readonly say: (sentence: string) => void;
}

/**
 * Puts the package of a platform at `folder`, in the version of package-lock.json: the one that npm installed, or the
 * archive from the registry when its hash is the one in package-lock.json.
 */
export async function placePlatformPackage(name: string, folder: string, options: FetchOptions): Promise<void> {
	const installed = join(options.house, "node_modules", name);
	if (existsSync(installed)) {
		cpSync(installed, folder, { recursive: true });
		return;
	}
	const archive = await archiveOf(name, options);
	mkdirSync(folder, { recursive: true });
	await execute("tar", ["-xzf", archive, "-C", folder, "--strip-components=1"]);
}

/** The checked archive of a package, fetched unless an earlier call did. */
async function archiveOf(name: string, { lockfile, cache, say }: FetchOptions): Promise<string> {
	const { version, integrity } = lockfile.packages[`node_modules/${name}`] ?? {};
	if (version === undefined || integrity === undefined) {
		throw new PackagingFailure(`${name} is not in package-lock.json. Run npm install and look at what changed.`);
	}
	const archive = join(cache, `${name.replace(/^@/, "").replaceAll("/", "-")}-${version}.tgz`);
	if (existsSync(archive) && hashOf(archive) === integrity) return archive;
	say(`Fetching ${name} ${version} from the npm registry.`);
	mkdirSync(cache, { recursive: true });
	const temporary = mkdtempSync(join(cache, "new-"));
	try {
		await npmPack(`${name}@${version}`, temporary);
		const [file = ""] = readdirSync(temporary);
		const fetched = join(temporary, file);
		const found = hashOf(fetched);
		if (found !== integrity) {
			throw new PackagingFailure(
				`${name} ${version} from the npm registry is not the file that package-lock.json names: ${found}. Nothing was made of it.`,
			);
		}
		renameSync(fetched, archive);
	} finally {
		rmSync(temporary, { recursive: true, force: true });
	}
	return archive;
}

function hashOf(file: string): string {
	return `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
}

async function npmPack(what: string, folder: string): Promise<void> {
	// Inside `npm run` npm names its own file, which spares a shell on Windows.
	const script = process.env["npm_execpath"];
	const { npm_config_local_prefix, ...env } = process.env;
	const args = ["pack", what, "--loglevel=error"];
	const options = { cwd: folder, env };
	try {
		if (script?.endsWith(".js")) await execute(process.execPath, [script, ...args], options);
		else await execute("npm", args, { ...options, shell: process.platform === "win32" });
	} catch (error) {
		const { stderr, message } = error as Error & { stderr?: string };
		const reason = (stderr || message).trim().split("\n")[0];
		throw new PackagingFailure(
			`${what} could not be fetched from the npm registry (${reason}). When npm ci works here, try again.`,
			{ cause: error },
		);
	}
}

const execute = promisify(execFile);
