/** Rotary position embeddings (Su et al. 2021, section 3.4) in the half-split layout of GPT-NeoX and ModernBERT. */
import { composite } from "../autodiff/composite.ts";
import { add, concat, mul, split, sub } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";

/**
 * Turns unit pairs (i, i + width/2) of `x` [batch, heads, length, width] by the angle position * theta^(-2i/width)
 * and multiplies by `scale`. The position is the index within the row: scores depend on differences of positions
 * only, so packed documents need no restart. The gradient is turned back by the same angle: dx = scale R(-angle) g.
 */
export function rotate(x: Value, theta: number, scale: number): Value {
	const [, , length, width] = x.shape as [number, number, number, number];
	const tables = rotaryTables(length, width, { theta, scale });
	const shape = [1, 1, length, width / 2];
	const cos = x.graph.constant(tables.cos, shape);
	const sin = x.graph.constant(tables.sin, shape);
	return composite({
		name: "rotate",
		inputs: { x },
		forward: (inputs) => ({ output: turn(inputs.x, cos, sin), saved: undefined }),
		gradients: {
			x: ({ g }) =>
				turn(
					g,
					cos,
					x.graph.constant(
						tables.sin.map((value) => -value),
						shape,
					),
				),
		},
	});
}

/** (u, v) to (u cos - v sin, v cos + u sin) over the halves u and v of the last axis. */
function turn(x: Value, cos: Value, sin: Value): Value {
	const [u, v] = split(x, 2, -1) as [Value, Value];
	return concat([sub(mul(u, cos), mul(v, sin)), add(mul(v, cos), mul(u, sin))], -1);
}

/** scale * cos and scale * sin of every position and frequency, each [length, width / 2]. */
function rotaryTables(length: number, width: number, options: { theta: number; scale: number }) {
	const half = width / 2;
	const cos = new Float32Array(length * half);
	const sin = new Float32Array(length * half);
	for (let position = 0; position < length; position++) {
		for (let i = 0; i < half; i++) {
			const angle = position * options.theta ** ((-2 * i) / width);
			cos[position * half + i] = options.scale * Math.cos(angle);
			sin[position * half + i] = options.scale * Math.sin(angle);
		}
	}
	return { cos, sin };
}
