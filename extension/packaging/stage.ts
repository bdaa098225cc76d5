import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundleSidecar } from "./bundleSidecar.ts";
import { PackagingFailure } from "./failure.ts";
import { filesBelow, isLicence, keptPackages } from "./keptPackages.ts";
import { readLockfile } from "./lockfile.ts";
import { checkNativeFiles } from "./nativeFiles.ts";
import { packagesOf, thirdPartyNotices } from "./notices.ts";
import { type FetchOptions, placePlatformPackage } from "./platformPackages.ts";
import { limitsOf, type Target } from "./targets.ts";

export interface StageOptions {
	/** The folder of this project, built. */
	readonly house: string;
	readonly target: Target;
	/** An empty folder. */
	readonly stage: string;
	/** Told what is under way. */
	readonly say: FetchOptions["say"];
}

/** What ships as it is. */
const wholePaths = ["media", "docs", "package.nls.json", "CHANGELOG.md", "ARCHITECTURE.md", "LICENSE"];

/** Puts everything that a package for a platform holds into a folder, the way it will lie where it is installed. */
export async function stagePackage({ house, target, stage, say }: StageOptions): Promise<void> {
	const lockfile = readLockfile(house);
	const bundled = [
		...(await bundleSidecar(house, join(stage, "dist", "sidecar"))),
		...copyBundles(house, stage, { part: "extension", ships: /^\w+\.cjs$/ }),
		...copyBundles(house, stage, { part: "webview", ships: /^\w+\/(main\.js|style\.css)$/ }),
	];
	// vsce leaves out a `node_modules` at the root of a package; Node finds this one as well.
	const modules = join(stage, "dist");
	const kept = keptPackages(house, lockfile, target);
	for (const { path, files } of kept) {
		for (const file of files) copy(join(house, path, file), join(modules, path, file));
	}
	const placed = target.platformPackages.map((name) => join(modules, "node_modules", name));
	for (const [place, name] of target.platformPackages.entries()) {
		const folder = placed[place] as string;
		await placePlatformPackage(name, folder, { house, lockfile, cache: join(house, ".cache", "packages"), say });
		for (const file of filesBelow(folder)) {
			if (!/\.node$|^package\.json$/.test(file) && !isLicence(file)) rmSync(join(folder, file));
		}
	}
	const ours = [...new Set([...kept.map(({ path }) => path), ...packagesOf(bundled)])].map((path) => join(house, path));
	for (const path of wholePaths) cpSync(join(house, path), join(stage, path), { recursive: true });
	writeFileSync(join(stage, "THIRD-PARTY-NOTICES.txt"), thirdPartyNotices(house, [...ours, ...placed]));
	writeFileSync(join(stage, "README.md"), readmeOf(house, target));
	writeFileSync(join(stage, "package.json"), manifestOf(house));
	const files = filesBelow(stage);
	checkNativeFiles(stage, files, target);
	// The modes that npm or a user's mask gave would make other bytes.
	for (const file of files) chmodSync(join(stage, file), 0o644);
}

/** Copies what esbuild made of a surface and returns the files that went in. */
function copyBundles(house: string, stage: string, { part, ships }: { part: string; ships: RegExp }): string[] {
	const folder = join(house, "dist", part);
	const inputs = join(folder, "inputs.json");
	if (!existsSync(inputs)) throw new PackagingFailure(`dist/${part} is not built. Run npm run build.`);
	for (const file of filesBelow(folder)) {
		if (ships.test(file)) copy(join(folder, file), join(stage, "dist", part, file));
	}
	return JSON.parse(readFileSync(inputs, "utf8")) as string[];
}

function copy(from: string, to: string): void {
	mkdirSync(dirname(to), { recursive: true });
	cpSync(from, to);
}

/** What VS Code reads of package.json, without what only the project needs. */
function manifestOf(house: string): string {
	const manifest = JSON.parse(readFileSync(join(house, "package.json"), "utf8")) as Record<string, unknown>;
	const { private: _, scripts, dependencies, devDependencies, files, bin, ...shipped } = manifest;
	return `${JSON.stringify(shipped, null, "\t")}\n`;
}

/** The README, which begins with what does not work on the platform, if anything. */
function readmeOf(house: string, target: Target): string {
	const text = readFileSync(join(house, "README.md"), "utf8");
	const limits = limitsOf(target);
	return limits === undefined ? text : text.replace(/^# .*\n/, (title) => `${title}\n**${limits}**\n`);
}
