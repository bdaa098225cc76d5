import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { useModel } from "../../sidecar/store/modelInUse.ts";
import { house } from "./house.ts";
import { copySmallProject, writeTinyRecipe } from "./smallProject.ts";

/** The command line of the built product. */
export const mainFile = join(house, "dist", "sidecar", "cli", "main.js");

/**
 * Puts a home with a tiny model in use at `home`. The model is trained on the small project once for a run of the
 * tests, whichever file asks first.
 */
export async function placeTrainedHome(home: string): Promise<void> {
	const shared = process.env["MASKWRIGHT_TEST_SHARED"];
	const trained = join(shared ?? mkdtempSync(join(tmpdir(), "maskwright-shared-")), "home");
	try {
		if (!existsSync(trained)) await trainHome(trained);
		cpSync(trained, home, { recursive: true });
		useModel(join(home, "runs", "tiny-1", "model"), { home });
	} finally {
		if (shared === undefined) rmSync(join(trained, ".."), { recursive: true });
	}
}

async function trainHome(home: string): Promise<void> {
	const making = `${home}.new`;
	rmSync(making, { recursive: true, force: true });
	mkdirSync(making, { recursive: true });
	const project = join(making, "project");
	copySmallProject(project);
	const recipe = writeTinyRecipe(making, 60);
	const args = [mainFile, "train", project, "--recipe", recipe, "--device", "cpu", "--threads", "1"];
	await promisify(execFile)(process.execPath, args, { env: { ...process.env, MASKWRIGHT_HOME: making } });
	renameSync(making, home);
}
