/** Weight matrices as 8-bit integers with one scale a row: symmetric per-channel quantization (Nagel et al. 2021, section 2.2). */

/** A matrix [rows, columns]: element (r, c) is values[r * columns + c] * scales[r]. */
interface Int8Rows {
	/** In [-127, 127]: without -128 the range is symmetric, so that no zero point is needed. */
	readonly values: Int8Array;
	/** [rows]; 0 for a row of zeros. */
	readonly scales: Float32Array;
}

const largest = 127;

/** Columns from which a row's scale, four bytes, is little beside its values, and elements that are worth the while. */
const leastColumns = 32;
const leastElements = 4096;

/** Whether a tensor of this shape is kept in 8 bits: matrices are, embeddings among them; vectors and small ones not. */
export function fitsInt8(shape: readonly number[]): boolean {
	const [rows, columns] = shape;
	return shape.length === 2 && columns! >= leastColumns && rows! * columns! >= leastElements;
}

/**
 * The nearest 8-bit matrix to `data` [rows, columns], whose numbers are finite. A scale has 17 significant bits, so that
 * its products with 8-bit numbers are exact in float32: `fromInt8Rows` loses nothing, and its result gives the same again.
 */
export function toInt8Rows(data: Float32Array, rows: number): Int8Rows {
	const columns = data.length / rows;
	const values = new Int8Array(data.length);
	const scales = new Float32Array(rows);
	for (let row = 0; row < rows; row++) {
		const start = row * columns;
		let peak = 0;
		for (let at = start; at < start + columns; at++) peak = Math.max(peak, Math.abs(data[at]!));
		const scale = shortened(peak / largest);
		scales[row] = scale;
		if (scale === 0) continue;
		for (let at = start; at < start + columns; at++) values[at] = Math.round(data[at]! / scale);
	}
	return { values, scales };
}

/** The matrix that 8-bit rows stand for. */
export function fromInt8Rows({ values, scales }: Int8Rows): Float32Array {
	const columns = values.length / scales.length;
	const data = new Float32Array(values.length);
	for (let row = 0; row < scales.length; row++) {
		const scale = scales[row]!;
		for (let at = row * columns; at < (row + 1) * columns; at++) data[at] = values[at]! * scale;
	}
	return data;
}

const lowBits = 7; // of the 24 significant bits of a float32
const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** The next number of 17 significant bits that is not smaller; 0 for what a float32 holds with fewer bits itself. */
function shortened(scale: number): number {
	asFloat[0] = scale;
	if (asFloat[0] < 2 ** -110) return 0; // products with such a scale would lose bits to float32's smallest numbers
	if (asFloat[0] < scale) asBits[0]! += 1;
	asBits[0] = ((asBits[0]! + (1 << lowBits) - 1) >>> lowBits) << lowBits;
	return asFloat[0];
}
