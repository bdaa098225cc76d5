import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PackagingFailure } from "./failure.ts";

interface LockedPackage {
	readonly version: string;
	/** Of the archive in the registry: an algorithm and a hash in base64. */
	readonly integrity?: string;
	readonly dependencies?: Readonly<Record<string, string>>;
}

/** What package-lock.json says about each package. */
export interface Lockfile {
	/** By its path, such as `node_modules/libsql`. */
	readonly packages: Readonly<Record<string, LockedPackage>>;
	/** The path of the package that `name` means inside the package at `from`, found as Node finds it. */
	resolve(name: string, from: string): string;
}

export function readLockfile(house: string): Lockfile {
	const { packages } = JSON.parse(readFileSync(join(house, "package-lock.json"), "utf8")) as Lockfile;
	return {
		packages,
		resolve(name, from) {
			for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
				const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
				if (packages[path] !== undefined) return path;
				if (folder === "") throw new PackagingFailure(`${name}, which ${from} needs, is not in package-lock.json.`);
			}
		},
	};
}
