/**
 * Runs every `*.test.ts` below this folder: two files at a time, then those of `workbench/` one at a time, for each
 * has a whole editor and a browser. `npm test` calls it without arguments; with arguments only files whose path
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
	process.on("exit", () => rmSync(shared, { recursive: true, force: true }));
	const inEditor = (path: string): boolean => path.startsWith("workbench/");
	await runFiles(
		paths.filter((path) => !inEditor(path)),
		2,
	);
	await runFiles(paths.filter(inEditor), 1);
}

async function runFiles(files: readonly string[], concurrency: number): Promise<void> {
	if (files.length === 0) return;
	const results = run({ files: files.map((path) => join(here, path)), concurrency });
	results.on("test:fail", (result) => {
		if (result.todo === undefined) process.exitCode = 1;
	});
	const report = results.compose(new spec());
	report.pipe(process.stdout);
	await once(report, "end");
}
