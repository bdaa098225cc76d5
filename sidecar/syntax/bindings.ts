/**
 * Where each variable got its value, as token indices, at one point of a walk through code that forks and joins.
 * Forks are deltas over one map, so that a branch costs what it changes and not what is known.
 */
export class Bindings {
	readonly #sources = new Map<string, readonly number[]>();
	readonly #log: (readonly [string, readonly number[] | undefined])[] = [];
	#openForks = 0;

	get(name: string): readonly number[] | undefined {
		return this.#sources.get(name);
	}

	set(name: string, sources: readonly number[]): void {
		if (this.#openForks > 0) this.#log.push([name, this.#sources.get(name)]);
		this.#sources.set(name, sources);
	}

	/** Begins a fork; what is set from here on can be taken back to this point. */
	fork(): number {
		this.#openForks++;
		return this.#log.length;
	}

	/** Takes back what was set since `mark` and returns it. */
	rewind(mark: number): Delta {
		const delta: Delta = new Map();
		for (let place = this.#log.length - 1; place >= mark; place--) {
			const [name, before] = this.#log[place]!;
			if (!delta.has(name)) delta.set(name, this.#sources.get(name)!);
			this.#restore(name, before);
		}
		this.#log.length = mark;
		return delta;
	}

	/** Sets all of a delta again. */
	apply(delta: Delta): void {
		for (const [name, sources] of delta) this.set(name, sources);
	}

	/** Ends a fork: each changed variable gets the sources that it has in any branch. Returns the work done. */
	join(branches: readonly Delta[], limit: number): number {
		this.#openForks--;
		const names = new Set(branches.flatMap((branch) => [...branch.keys()]));
		let work = names.size * branches.length;
		for (const name of names) {
			const sources = new Set<number>();
			const before = this.#sources.get(name) ?? [];
			for (const branch of branches) for (const source of branch.get(name) ?? before) sources.add(source);
			work += sources.size;
			this.set(name, [...sources].sort((a, b) => a - b).slice(-limit));
		}
		return work;
	}

	#restore(name: string, before: readonly number[] | undefined): void {
		if (before === undefined) this.#sources.delete(name);
		else this.#sources.set(name, before);
	}
}

/** What a branch changed. */
export type Delta = Map<string, readonly number[]>;
