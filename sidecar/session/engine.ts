import { MaskwrightError } from "../base/errors.ts";

type Engine = typeof import("onnxruntime-node");

/** Where onnxruntime-node 1.30.0 has a build. */
const builds = ["linux-x64", "linux-arm64", "win32-x64", "win32-arm64", "darwin-arm64"];

/** Loaded when this room is; on a platform without a build, or with a damaged one, that is an error and not the end. */
const loaded = await load();

async function load(): Promise<Engine | MaskwrightError> {
	try {
		const engine = await import("onnxruntime-node");
		// What onnxruntime has to say reaches the user as an error of ours.
		engine.env.logLevel = "fatal";
		return engine;
	} catch (error) {
		return engineMissing(error, `${process.platform}-${process.arch}`);
	}
}

/** onnxruntime. Throws `unsupportedPlatform` where it has no build or its files are damaged. */
export function engine(): Engine {
	if (loaded instanceof MaskwrightError) throw loaded;
	return loaded;
}

/** The version of onnxruntime, or none. */
export function engineVersion(): string {
	return loaded instanceof MaskwrightError ? "none" : (loaded.env.versions.node ?? loaded.env.versions.common);
}

/** The error that says that onnxruntime could not be loaded on a platform such as `darwin-x64`, and what works all the same. */
export function engineMissing(error: unknown, platform: string): MaskwrightError {
	const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
	const what = builds.includes(platform)
		? `onnxruntime, which runs the models, could not be loaded (${reason}): install the package of Maskwright for ${platform} again, or on a Linux with musl one with glibc`
		: `onnxruntime, which runs the models, has no build for ${platform}`;
	return new MaskwrightError(
		"unsupportedPlatform",
		`${what}; without it code search by words works, and for models maskwright.sidecar.url can name a sidecar on another machine.`,
		{ cause: error },
	);
}
