import { Column } from "../ui/column.ts";

/**
 * A running mean with exponentially fading weights, without the pull towards zero of the first values. In the form
 * `m += (v - m)(1 - w)/(1 - w^n)` it equals the usual quotient `ema / (1 - w^n)`, and a constant stays exactly that
 * constant. A value that is not finite is a gap and leaves the mean as it was.
 */
export class Smoothing {
	readonly smoothed = new Column();
	#weight: number;
	#mean = 0;
	/** w^n, n being the count of finite values. */
	#fading = 1;

	/** @param weight of the past: 0 leaves the values as they are, below 1. */
	constructor(weight: number) {
		this.#weight = weight;
	}

	get weight(): number {
		return this.#weight;
	}

	/** Takes in the values that the column has gained since the last call. */
	follow(values: Column): void {
		for (let index = this.smoothed.length; index < values.length; index++) this.#take(values.at(index));
	}

	/** Begins anew with another weight. */
	restart(weight: number): void {
		this.smoothed.clear();
		this.#weight = weight;
		this.#mean = 0;
		this.#fading = 1;
	}

	#take(value: number): void {
		const shown = Number.isFinite(value);
		if (shown) {
			this.#fading *= this.#weight;
			this.#mean += (value - this.#mean) * ((1 - this.#weight) / (1 - this.#fading));
		}
		this.smoothed.push(shown ? this.#mean : Number.NaN);
	}
}

/** The weight at a place of the slider, 0 to 100: even steps in how far the mean looks back, up to 1000 steps. */
export function weightAt(position: number): number {
	return 1 - 10 ** (-3 * (position / 100));
}
