import { PackagingFailure } from "./failure.ts";

/** A platform that a package is made for, as VS Code and Node name it. */
export interface Target {
	readonly name: string;
	readonly os: "linux" | "win32" | "darwin";
	readonly cpu: "x64" | "arm64";
	/** The packages that hold the native files of this platform alone. */
	readonly platformPackages: readonly string[];
	/** Which part has no build for it. */
	readonly lacks: "onnxruntime" | "libsql" | undefined;
}

/** Linux with glibc 2.28 or newer; a Linux with musl (Alpine) has other targets in VS Code, and onnxruntime no build for it. */
export const targets: readonly Target[] = [
	target("linux", "x64", { libsql: "linux-x64-gnu", watcher: "linux-x64-glibc" }),
	target("linux", "arm64", { libsql: "linux-arm64-gnu", watcher: "linux-arm64-glibc" }),
	target("win32", "x64", { libsql: "win32-x64-msvc", watcher: "win32-x64" }),
	target("win32", "arm64", { watcher: "win32-arm64" }),
	target("darwin", "arm64", { libsql: "darwin-arm64", watcher: "darwin-arm64" }),
	target("darwin", "x64", { libsql: "darwin-x64", watcher: "darwin-x64", engine: false }),
];

/** @param builds - The names of this platform in libsql's and the watcher's packages, and whether onnxruntime has it. */
function target(
	os: Target["os"],
	cpu: Target["cpu"],
	builds: { libsql?: string; watcher: string; engine?: boolean },
): Target {
	const { libsql, watcher, engine = true } = builds;
	const platformPackages = [...(libsql === undefined ? [] : [`@libsql/${libsql}`]), `@parcel/watcher-${watcher}`];
	const lacks = engine ? (libsql === undefined ? "libsql" : undefined) : "onnxruntime";
	return { name: `${os}-${cpu}`, os, cpu, platformPackages, lacks };
}

/** The target of a name such as `linux-x64`. */
export function targetNamed(name: string): Target {
	const found = targets.find((target) => target.name === name);
	if (found !== undefined) return found;
	const names = targets.map((target) => target.name).join(", ");
	throw new PackagingFailure(`There is no target "${name}". Choose one of ${names}.`);
}

/** What works where a part is lacking, for the first lines of the package's README; undefined where all does. */
export function limitsOf({ lacks, name }: Target): string | undefined {
	const elsewhere =
		"to use the rest, run `maskwright serve --listen` on another machine and name it in the setting `maskwright.sidecar.url`";
	if (lacks === "onnxruntime") {
		return `On this platform (${name}) no model can run or be trained, for onnxruntime has no build for it. Code search by words, the panels and the commands work; ${elsewhere}.`;
	}
	if (lacks === "libsql") {
		return `On this platform (${name}) code search does not work, for libsql has no build for it. Completion, training and the other panels work; ${elsewhere}.`;
	}
	return undefined;
}
