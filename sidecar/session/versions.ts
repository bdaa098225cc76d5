import { availableParallelism, cpus, totalmem } from "node:os";
import { env } from "onnxruntime-node";

/** What a run records about where it ran. */
export interface Versions {
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
		onnxruntime: env.versions.node ?? env.versions.common,
		node: process.versions.node,
		platform: process.platform,
		arch: process.arch,
		cpu: cpus()[0]?.model.trim() ?? "unknown",
		threads: availableParallelism(),
		memory: totalmem(),
	};
}
