import type { Corpus } from "../document.ts";
import { readSource } from "./content.ts";
import { Intake, type ReadOptions } from "./intake.ts";
import { listFolder } from "./listing.ts";

/** How many files are opened at a time. */
const atOnce = 32;

/** Reads every source file of a folder, in the order of the paths (by code unit). Links are never followed. */
export async function readFolder(folder: string, options: ReadOptions): Promise<Corpus> {
	const intake = new Intake(options);
	const { root, files, leftOut } = await listFolder(folder, () => intake.step());
	for (const { path, why } of leftOut) intake.leave(path, why);
	for (let start = 0; start < files.length; start += atOnce) {
		const group = files.slice(start, start + atOnce);
		const sources = await Promise.all(group.map((file) => readSource(root, file, options)));
		for (const [index, { path }] of group.entries()) {
			intake.step();
			const source = sources[index]!;
			if ("why" in source) intake.leave(path, source.why);
			else intake.offer(path, source.language, source);
		}
	}
	return intake.finish(folder);
}
