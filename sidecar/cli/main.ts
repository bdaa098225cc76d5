#!/usr/bin/env node
import { runProgram } from "./program.ts";
import { runAsProcess } from "./runAsProcess.ts";

const args = process.argv.slice(2);

await runAsProcess((context) => runProgram(args, context), {
	stopsInOrder: args[0] === "train" || args[0] === "resume" || args[0] === "serve",
	outlivesReader: args[0] === "serve",
});
