/** Takes the lock of a run, tells whether it got it, and holds it until its input ends. */
import { isError } from "../../../sidecar/base/errors.ts";
import { lockRun } from "../../../sidecar/store/runLock.ts";

try {
	lockRun(process.argv[2] as string);
	process.stdout.write("held\n");
} catch (error) {
	process.stdout.write(isError(error, "runLocked") ? "refused\n" : `${error}\n`);
}
process.stdin.resume();
