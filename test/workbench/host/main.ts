/** What the extension host calls, in a desktop VS Code and in the workbench alike: runs the suites, writes the results. */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** The results file is the judge: where it is missing or short, the run has failed. */
export interface HostResults {
	readonly passed: string[];
	readonly failed: { readonly title: string; readonly error: string }[];
}

/** Rejects when a test fails. */
export async function run(): Promise<void> {
	const mocha = new Mocha({ timeout: 60_000, forbidOnly: true, forbidPending: true });
	// Makes `describe` and `it` of the package mocha speak to this instance.
	mocha.suite.emit("pre-require", globalThis, "", mocha);
	await import("./extensionSuite.ts");
	const results: HostResults = { passed: [], failed: [] };
	const failures = await new Promise<number>((resolve) => {
		const runner = mocha.run(resolve);
		runner.on("pass", (test) => results.passed.push(test.fullTitle()));
		runner.on("fail", (test, error) => {
			results.failed.push({ title: test.fullTitle(), error: error.stack ?? String(error) });
		});
	});
	writeFileSync(process.env["MASKWRIGHT_TEST_RESULTS"] ?? "", JSON.stringify(results));
	if (failures > 0) throw new Error(`${failures} tests failed`);
}
