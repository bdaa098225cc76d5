import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { addressSchema, type SidecarAddress } from "../../sidecar/protocol/connection.ts";
import { SidecarError } from "./errors.ts";
import type { SidecarCommand } from "./locate.ts";

const startLimit = 30_000; // milliseconds; a cold disk reads Node and the sidecar in some seconds
const keptLines = 20;

/**
 * Runs `serve`, which becomes the sidecar or finds the one that runs, and reads the line that says where it is.
 * The process outlives the caller. Rejects with `SidecarError` and the last lines that it wrote.
 */
export function startProcess(command: SidecarCommand): Promise<SidecarAddress> {
	return new Promise((resolve, reject) => {
		const child = spawn(command.file, command.args, {
			env: command.env,
			detached: true,
			stdio: ["ignore", "pipe", "pipe"],
			windowsHide: true,
		});
		const said: string[] = [];
		const lines = createInterface({ input: child.stdout });
		const errorLines = createInterface({ input: child.stderr });
		const finish = (act: () => void) => {
			clearTimeout(timer);
			lines.close();
			errorLines.close();
			child.removeAllListeners();
			child.on("error", () => {});
			child.stdout.destroy();
			child.stderr.destroy();
			child.unref();
			act();
		};
		const fail = (sentence: string) =>
			finish(() => reject(new SidecarError("unreachable", sentence, said.length > 0 ? said.join("\n") : undefined)));
		const timer = setTimeout(() => {
			child.kill();
			fail(`The sidecar did not say where it is within ${startLimit / 1000} s.`);
		}, startLimit);
		const keep = (line: string) => {
			said.push(line);
			if (said.length > keptLines) said.shift();
		};
		lines.on("line", (line) => {
			const address = readAddress(line);
			if (address === undefined) keep(line);
			else finish(() => resolve(address));
		});
		errorLines.on("line", keep);
		child.once("error", (error) => fail(`The sidecar could not be started: ${error.message}.`));
		// `close` comes after the last line was read.
		child.once("close", (code, signal) => fail(`The sidecar ended at once (${signal ?? `exit code ${code}`}).`));
	});
}

function readAddress(line: string): SidecarAddress | undefined {
	try {
		return addressSchema.parse(JSON.parse(line));
	} catch {
		return undefined;
	}
}
