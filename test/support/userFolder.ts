import type { TestContext } from "node:test";

/** Makes `home` the user's folder of runs and models until the test ends. */
export function useUserFolder(test: TestContext, home: string): void {
	const before = process.env["MASKWRIGHT_HOME"];
	process.env["MASKWRIGHT_HOME"] = home;
	test.after(() => {
		if (before === undefined) delete process.env["MASKWRIGHT_HOME"];
		else process.env["MASKWRIGHT_HOME"] = before;
	});
}
