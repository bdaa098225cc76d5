import { readFileSync } from "node:fs";
import { PackagingFailure } from "./failure.ts";

/** A file in a package, as the archive lists it. */
export interface VsixEntry {
	readonly path: string;
	/** Bytes in the archive. */
	readonly packed: number;
	/** Bytes on the disk. */
	readonly size: number;
	/** Where its header stands, which its bytes follow. */
	readonly offset: number;
}

/** The list at the end of a zip archive (PKWARE APPNOTE 6.3, sections 4.3.12 and 4.3.16), without ZIP64. */
export function vsixContents(file: string): VsixEntry[] {
	const bytes = readFileSync(file);
	const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
	if (end < 0) throw new PackagingFailure(`${file} is no VSIX.`);
	const entries: VsixEntry[] = [];
	let at = bytes.readUInt32LE(end + 16);
	for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
		const nameLength = bytes.readUInt16LE(at + 28);
		entries.push({
			path: bytes.toString("utf8", at + 46, at + 46 + nameLength),
			packed: bytes.readUInt32LE(at + 20),
			size: bytes.readUInt32LE(at + 24),
			offset: bytes.readUInt32LE(at + 42),
		});
		at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
	}
	return entries;
}

/** Bytes in the archive by part of the product, the largest first. */
export function sizesByPart(entries: readonly VsixEntry[]): [part: string, packed: number][] {
	const sizes = new Map<string, number>();
	for (const { path, packed } of entries) {
		const part = partOf(path.replace(/^extension\//, ""));
		sizes.set(part, (sizes.get(part) ?? 0) + packed);
	}
	return [...sizes].sort((a, b) => b[1] - a[1]);
}

function partOf(path: string): string {
	const name = /^dist\/node_modules\/(.*)$/.exec(path)?.[1];
	if (name?.startsWith("onnxruntime")) return "onnxruntime";
	if (name !== undefined && /tree-sitter/.test(name)) return "grammars";
	if (name?.includes("libsql")) return "libsql";
	if (name !== undefined) return "other packages";
	if (path.startsWith("media/models/")) return "model in the box";
	return /^(dist\/(?:sidecar|extension|webview)|docs|media)\//.exec(path)?.[1] ?? "the rest";
}
