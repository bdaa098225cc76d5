/** Jobs in a process of their own, for tests that kill it: starts the runs it is told, and tells the pid of each. */
import { runHolder } from "../../../sidecar/store/runLock.ts";
import { jobsUnderTest } from "../../support/jobsUnderTest.ts";
import { tinyJob, uncancelled } from "../../support/tinyJob.ts";

const [home, corpus, steps] = process.argv.slice(2) as [string, string, string];
const { jobs, event } = await jobsUnderTest(home);
const first = await jobs.handlers.startRun(tinyJob(corpus, Number(steps)), uncancelled);
const second = await jobs.handlers.startRun(tinyJob(corpus, 5), uncancelled);
await event((event) => event.event === "step" && event.step === 25);
process.send?.({ runs: [first.path, second.path], pid: runHolder(first.path) });
