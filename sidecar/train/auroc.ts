/**
 * The area under the receiver operating characteristic: how often a positive scores above a negative, ties counted
 * half (Hanley and McNeil 1982). Null where there are none of either.
 */
export function auroc(scores: ArrayLike<number>, isPositive: (index: number) => boolean): number | null {
	const order = Array.from({ length: scores.length }, (_, index) => index).sort((a, b) => scores[a]! - scores[b]!);
	let positives = 0;
	let rankSum = 0;
	for (let start = 0; start < order.length; ) {
		let end = start + 1;
		while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
		const meanRank = (start + 1 + end) / 2;
		for (const index of order.slice(start, end)) {
			if (!isPositive(index)) continue;
			positives++;
			rankSum += meanRank;
		}
		start = end;
	}
	const negatives = order.length - positives;
	if (positives === 0 || negatives === 0) return null;
	return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
