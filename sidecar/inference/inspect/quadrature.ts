/**
 * Gauss-Legendre quadrature of `count` points on [0, 1]: places and weights, exact for polynomials of degree
 * 2 count - 1. The places are the roots of the Legendre polynomial, by Newton's method (Press et al. 2007, section 4.6).
 */
export function gaussLegendre(count: number): { readonly places: Float64Array; readonly weights: Float64Array } {
	const places = new Float64Array(count);
	const weights = new Float64Array(count);
	for (let root = 0; root < count; root++) {
		let x = Math.cos((Math.PI * (root + 0.75)) / (count + 0.5));
		let slope = 0;
		for (let round = 0; round < 100; round++) {
			let [before, value] = [0, 1]; // of degrees n - 1 and n
			for (let n = 1; n <= count; n++) [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
			slope = (count * (x * value - before)) / (x * x - 1);
			const step = value / slope;
			x -= step;
			if (Math.abs(step) < 1e-15) break;
		}
		places[root] = (1 - x) / 2;
		weights[root] = 1 / ((1 - x * x) * slope * slope);
	}
	return { places, weights };
}
