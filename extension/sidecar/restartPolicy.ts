const firstWait = 1_000;
const span = 3 * 60_000; // deaths that lie further back say nothing about this one
const mostDeaths = 5;

/** Decides how long to wait before a sidecar that died is started again. Times are milliseconds. */
export class RestartPolicy {
	#deaths: number[] = [];

	/** The wait after a death at `now`: 1, 2, 4, then 8 s; undefined at the fifth death in three minutes. */
	died(now: number): number | undefined {
		this.#deaths = [...this.#deaths.filter((death) => now - death < span), now];
		const count = this.#deaths.length;
		return count >= mostDeaths ? undefined : firstWait * 2 ** (count - 1);
	}

	/** Forgets what was, when the user asks for a start. */
	reset(): void {
		this.#deaths = [];
	}
}
