#!/usr/bin/env node
import { runProgram } from "./program.ts";
import { runAsProcess } from "./runAsProcess.ts";

const args = process.argv.slice(2);

await runAsProcess((context) => runProgram(args, context), {
	stopsInOrder: ["train", "resume", "index", "download", "serve"].includes(args[0] ?? ""),
	outlivesReader: args[0] === "serve",
});
