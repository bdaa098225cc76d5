/** Arithmetic on static shapes: pure numbers, no graph. */

/** How many elements a tensor of `shape` holds. */
export function sizeOf(shape: readonly number[]): number {
	return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
	return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The shape that `a` and `b` broadcast to (NumPy rules), or undefined when they do not. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] | undefined {
	const rank = Math.max(a.length, b.length);
	const result: number[] = [];
	for (let axis = 0; axis < rank; axis++) {
		const left = a[axis - rank + a.length] ?? 1;
		const right = b[axis - rank + b.length] ?? 1;
		if (left !== right && left !== 1 && right !== 1) return undefined;
		result.push(left === 1 ? right : left);
	}
	return result;
}

/** `axis` counted from the front; a negative one counts from the back. */
export function normalizeAxis(axis: number, rank: number): number {
	return axis < 0 ? axis + rank : axis;
}

/** The shape after reducing over `axes`. */
export function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
	const reduced = new Set(axes.map((axis) => normalizeAxis(axis, shape.length)));
	if (keepDims) return shape.map((size, axis) => (reduced.has(axis) ? 1 : size));
	return shape.filter((_, axis) => !reduced.has(axis));
}

export function formatShape(shape: readonly number[]): string {
	return `[${shape.join(", ")}]`;
}

/** A copy of `shape` with one size replaced. */
export function withSize(shape: readonly number[], axis: number, size: number): number[] {
	const copy = [...shape];
	copy[normalizeAxis(axis, shape.length)] = size;
	return copy;
}
