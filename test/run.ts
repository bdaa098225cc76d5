/**
 * Runs every `*.test.ts` below this folder, two files at a time. `npm test` calls it without arguments; with
 * arguments only files whose path contains one of them run: `node --import tsx test/run.ts store`.
 */
import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const here = import.meta.dirname;
const wanted = process.argv.slice(2);
const files = readdirSync(here, { recursive: true, encoding: "utf8" })
	.filter((path) => path.endsWith(".test.ts") && !path.split(sep).includes("fixtures"))
	.filter((path) => wanted.length === 0 || wanted.some((part) => path.split(sep).join("/").includes(part)))
	.sort()
	.map((path) => join(here, path));

if (files.length === 0) {
	process.stderr.write(`No test file below ${relative(process.cwd(), here) || "."} matches ${wanted.join(", ")}.\n`);
	process.exitCode = 1;
} else {
	const results = run({ files, concurrency: 2 });
	results.on("test:fail", (result) => {
		if (result.todo === undefined) process.exitCode = 1;
	});
	results.compose(new spec()).pipe(process.stdout);
}
