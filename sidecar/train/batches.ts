import { rowOrder } from "../data/packing.ts";

/**
 * Which packed rows each step trains on: the rows of the whole corpus in a new
 * shuffled order every epoch, taken in turn. A pure function of seed and step, so that a
 * resumed run sees what the uninterrupted one would have seen.
 */
export interface BatchPlan {
	/** Row numbers and the epoch of each for optimizer step `step`, counted from 0; [batch rows]. */
	at(step: number): { rows: Int32Array; epochs: Int32Array };
}

/** Plans batches of `batchRows` rows over a corpus of `rowCount` rows. */
export function planBatches(rowCount: number, batchRows: number, seed: number): BatchPlan {
	const orders = new Map<number, Int32Array>();
	const orderOf = (epoch: number): Int32Array => {
		let order = orders.get(epoch);
		if (order === undefined) {
			if (orders.size > 1) orders.clear(); // a batch touches two epochs at most unless the corpus is tiny
			order = rowOrder(rowCount, seed, epoch);
			orders.set(epoch, order);
		}
		return order;
	};
	return {
		at(step) {
			const rows = new Int32Array(batchRows);
			const epochs = new Int32Array(batchRows);
			for (let i = 0; i < batchRows; i++) {
				const position = step * batchRows + i;
				const epoch = Math.floor(position / rowCount);
				epochs[i] = epoch;
				rows[i] = orderOf(epoch)[position % rowCount]!;
			}
			return { rows, epochs };
		},
	};
}
