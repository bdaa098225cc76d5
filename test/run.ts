/**
 * Runs every `*.test.ts` below this folder: two files at a time, then those of `workbench/` one at a time, for each
 * has a whole editor and a browser. A file that fails is tried once more at the end, and told if it then passes. `npm test` calls it without arguments; with arguments only files whose path
 * contains one of them run: `node --import tsx test/run.ts store`.
 */
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const here = import.meta.dirname;
const wanted = process.argv.slice(2);
const paths = readdirSync(here, { recursive: true, encoding: "utf8" })
	.map((path) => path.split(sep).join("/"))
	.filter((path) => path.endsWith(".test.ts") && !path.split("/").includes("fixtures"))
	.filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
	.sort();

if (paths.length === 0) {
	process.stderr.write(`No test file below ${relative(process.cwd(), here) || "."} matches ${wanted.join(", ")}.\n`);
	process.exitCode = 1;
} else {
	// What is costly to make and the same for all, such as a trained model; see workbench/sharedModel.ts.
	const shared = mkdtempSync(join(tmpdir(), "maskwright-shared-"));
	process.env["MASKWRIGHT_TEST_SHARED"] = shared;
	// What is told where there is no model has its tests; those of the models in the box name a box of their own.
	const emptyBox = mkdtempSync(join(tmpdir(), "maskwright-box-"));
	process.env["MASKWRIGHT_BOXED_MODELS"] ??= emptyBox;
	process.on("exit", () => {
		for (const folder of [shared, emptyBox]) rmSync(folder, { recursive: true, force: true });
	});
	const inEditor = (path: string): boolean => path.startsWith("workbench/");
	const failed = [
		...(await failuresOf(
			paths.filter((path) => !inEditor(path)),
			2,
		)),
		...(await failuresOf(paths.filter(inEditor), 1)),
	];
	await attemptAgain(failed);
}

/** What fails alone as well is broken. What does not is named, for it waits for something that it should not. */
async function attemptAgain(files: readonly string[]): Promise<void> {
	if (files.length === 0) return;
	const list = (names: readonly string[]): string => names.map((name) => `  ${name}\n`).join("");
	process.stdout.write(`\nA second attempt, each file by itself:\n${list(files)}\n`);
	const still = await failuresOf(files, 1);
	const unsteady = files.filter((file) => !still.includes(file));
	if (unsteady.length > 0) process.stdout.write(`\nUnsteady: passed at the second attempt only:\n${list(unsteady)}`);
	if (still.length > 0) process.stdout.write(`\nFailed twice:\n${list(still)}`);
	process.exitCode = still.length > 0 ? 1 : 0;
}

/** Runs the files and resolves to those in which a test failed. */
async function failuresOf(files: readonly string[], concurrency: number): Promise<string[]> {
	if (files.length === 0) return [];
	const failed = new Set<string>();
	const byPath = new Map(files.map((path) => [join(here, path), path]));
	const results = run({ files: [...byPath.keys()], concurrency });
	results.on("test:fail", (result) => {
		// A failure that no file is named for is laid to all.
		const path = byPath.get(result.file ?? "");
		if (result.todo === undefined) for (const file of path === undefined ? files : [path]) failed.add(file);
	});
	const report = results.compose(new spec());
	report.pipe(process.stdout, { end: false });
	await once(report, "end");
	return [...failed];
}
