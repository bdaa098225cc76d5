import { availableParallelism, cpus, totalmem } from "node:os";
import { engineVersion } from "./engine.ts";

/** What a run records about where it ran. */
export interface Versions {
	/** Or none. */
	readonly onnxruntime: string;
	readonly node: string;
	/** Such as linux, win32 or darwin. */
	readonly platform: NodeJS.Platform;
	readonly arch: NodeJS.Architecture;
	readonly cpu: string;
	/** Hardware threads that this process may use. */
	readonly threads: number;
	/** Bytes of memory in the machine. */
	readonly memory: number;
}

/** The versions and the machine that results depend on. */
export function versions(): Versions {
	return {
		onnxruntime: engineVersion(),
		node: process.versions.node,
		platform: process.platform,
		arch: process.arch,
		cpu: cpus()[0]?.model.trim() ?? "unknown",
		threads: availableParallelism(),
		memory: totalmem(),
	};
}
