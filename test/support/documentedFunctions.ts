import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A function of a package, with its documentation and its code without comments, as another program took them. */
export interface DocumentedFunction {
	readonly package: string;
	readonly path: string;
	readonly func_name: string;
	readonly docstring: string;
	readonly code: string;
}

/** A file and functions of it. */
export interface DocumentedFile {
	readonly path: string;
	readonly text: string;
	readonly functions: readonly DocumentedFunction[];
}

/** The files of the data folder's corpus that hold functions of its code-search pairs. */
export async function documentedFiles(data: string, language: string): Promise<DocumentedFile[]> {
	const byFile = new Map<string, DocumentedFunction[]>();
	for (const line of readFileSync(join(data, "codesearch", `${language}.jsonl`), "utf8")
		.trim()
		.split("\n")) {
		const one = JSON.parse(line) as DocumentedFunction;
		const key = `${one.package} ${one.path}`;
		const functions = byFile.get(key);
		if (functions === undefined) byFile.set(key, [one]);
		else functions.push(one);
	}
	const files: DocumentedFile[] = [];
	const { stdout } = spawn("xz", ["-dc", join(data, "corpus", `${language}.jsonl.xz`)]);
	for await (const line of createInterface(stdout)) {
		const { pkg, path, text } = JSON.parse(line) as { pkg: string; path: string; text: string };
		const functions = byFile.get(`${pkg} ${path}`);
		if (functions !== undefined) files.push({ path, text, functions });
	}
	return files;
}
