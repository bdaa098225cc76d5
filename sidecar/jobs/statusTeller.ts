import type { Notify } from "../protocol/methods.ts";
import type { RunStatus } from "../protocol/runs.ts";

/** Milliseconds between two notifications about one run. */
const interval = 250;

/** Tells changes of runs: the first at once, and of those that follow quickly the last. */
export class StatusTeller {
	#notify: Notify;
	#waiting = new Map<string, { timer: NodeJS.Timeout; latest: RunStatus | undefined }>();

	constructor(notify: Notify) {
		this.#notify = notify;
	}

	tell(status: RunStatus): void {
		const waiting = this.#waiting.get(status.path);
		if (waiting !== undefined) waiting.latest = status;
		else this.#tellNow(status);
	}

	gone(path: string): void {
		clearTimeout(this.#waiting.get(path)?.timer);
		this.#waiting.delete(path);
		this.#notify("runChanged", { path, status: null });
	}

	/** Tells what still waits. */
	flush(): void {
		for (const [path, { timer, latest }] of this.#waiting) {
			clearTimeout(timer);
			if (latest !== undefined) this.#notify("runChanged", { path, status: latest });
		}
		this.#waiting.clear();
	}

	#tellNow(status: RunStatus): void {
		const { path } = status;
		const timer = setTimeout(() => {
			const latest = this.#waiting.get(path)?.latest;
			this.#waiting.delete(path);
			if (latest !== undefined) this.#tellNow(latest);
		}, interval);
		this.#waiting.set(path, { timer, latest: undefined });
		this.#notify("runChanged", { path, status });
	}
}
