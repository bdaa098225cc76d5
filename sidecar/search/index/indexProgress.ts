type Stage = "scanning" | "indexing" | "embedding" | "ready";

/** What is done to a folder at the moment, and how long it takes by the pace of late. */
export class IndexProgress {
	#stage: Stage = "ready";
	#began = performance.now();
	#done = 0;

	get stage(): Stage {
		return this.#stage;
	}

	enter(stage: Stage): void {
		if (stage !== this.#stage) this.begin();
		this.#stage = stage;
	}

	/** Forgets the pace: other work begins. */
	begin(): void {
		this.#began = performance.now();
		this.#done = 0;
	}

	add(done: number): void {
		this.#done += done;
	}

	/** Of what is left in the stage; null where that is unknown, or too little was done to tell. */
	secondsLeft(left: Readonly<Record<Exclude<Stage, "ready">, number | null>>): number | null {
		const count = this.#stage === "ready" ? 0 : left[this.#stage];
		if (count === null || count <= 0) return count === null ? null : 0;
		const seconds = (performance.now() - this.#began) / 1_000;
		return this.#done === 0 || seconds < 2 ? null : (count * seconds) / this.#done;
	}
}
