import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Runs `body` in a fresh folder that holds these files, and removes it afterwards. */
export async function withTree<T>(
	files: Readonly<Record<string, string | Uint8Array>>,
	body: (root: string) => Promise<T>,
): Promise<T> {
	const root = mkdtempSync(join(tmpdir(), "maskwright-data-"));
	try {
		for (const [path, content] of Object.entries(files)) {
			mkdirSync(dirname(join(root, path)), { recursive: true });
			writeFileSync(join(root, path), content);
		}
		return await body(root);
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
}
