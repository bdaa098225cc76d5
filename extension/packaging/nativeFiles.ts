import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PackagingFailure } from "./failure.ts";
import type { Target } from "./targets.ts";

/** What a native file says about where it runs. */
export interface NativeFormat {
	readonly os: Target["os"];
	/** Every processor that it holds code for; another than ours by its number. */
	readonly cpus: readonly string[];
}

/** Throws unless every native file below `folder` is for the target; returns their paths. */
export function checkNativeFiles(folder: string, files: readonly string[], { name, os, cpu }: Target): string[] {
	const native = files.filter((file) => /\.(node|dll|dylib|so(\.\d+)*)$/.test(file));
	for (const file of native) {
		const format = nativeFormat(readFileSync(join(folder, file)));
		if (format?.os !== os || !format.cpus.includes(cpu)) {
			const found = format === undefined ? "no program" : `for ${format.os} ${format.cpus.join(", ")}`;
			throw new PackagingFailure(`${file} is ${found}, and the package is for ${name}. Run npm ci and try again.`);
		}
	}
	return native;
}

/**
 * The platform of a shared library by its header: ELF (System V ABI, chapter 4), PE (Microsoft PE format, "COFF File
 * Header") or Mach-O, of one processor or several (mach-o/loader.h, mach-o/fat.h). Undefined for anything else.
 */
export function nativeFormat(bytes: Uint8Array): NativeFormat | undefined {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (view.byteLength < 64) return undefined;
	const magic = view.getUint32(0);
	if (magic === 0x7f454c46) return { os: "linux", cpus: [named(elfMachines, view.getUint16(18, true))] };
	if (magic === 0xcffaedfe) return { os: "darwin", cpus: [named(machMachines, view.getUint32(4, true))] };
	if (magic === 0xcafebabe) {
		const count = Math.min(view.getUint32(4), 2);
		const cpus = Array.from({ length: count }, (_, place) => named(machMachines, view.getUint32(8 + 20 * place)));
		return { os: "darwin", cpus };
	}
	if (view.getUint16(0) === 0x4d5a) {
		const header = view.getUint32(60, true);
		if (header + 6 > view.byteLength || view.getUint32(header) !== 0x50450000) return undefined;
		return { os: "win32", cpus: [named(peMachines, view.getUint16(header + 4, true))] };
	}
	return undefined;
}

const elfMachines: Readonly<Record<number, string>> = { 62: "x64", 183: "arm64" };
const machMachines: Readonly<Record<number, string>> = { 16777223: "x64", 16777228: "arm64" };
const peMachines: Readonly<Record<number, string>> = { 34404: "x64", 43620: "arm64" };

function named(machines: Readonly<Record<number, string>>, machine: number): string {
	return machines[machine] ?? `0x${machine.toString(16)}`;
}
