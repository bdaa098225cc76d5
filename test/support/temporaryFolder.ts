import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new empty folder that is removed when the test ends, or the file whose `after` is given. */
export function temporaryFolder(test: { after(end: () => void): void }): string {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), "maskwright-test-")));
	// Again while a process that is about to end still writes there.
	test.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
	return folder;
}
