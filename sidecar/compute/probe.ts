/** The process in which one device is tried, so that a driver that crashes takes down nothing else. */
import { probeDevice } from "../session/probeDevice.ts";
import { executionProviders } from "../session/session.ts";
import { endWithParent } from "./endWithParent.ts";

const executionProvider = executionProviders.find((name) => name === process.argv[2]);
if (executionProvider === undefined || process.send === undefined) {
	process.stderr.write("This program probes a device on behalf of Maskwright and is not meant to be run by hand.\n");
	process.exitCode = 2;
} else {
	endWithParent(Number(process.argv[3]), 500);
	process.send(await probeDevice(executionProvider));
}
