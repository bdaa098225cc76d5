/** Rotary position embeddings (Su et al. 2021, section 3.4) in the half-split layout of GPT-NeoX and ModernBERT. */
import { composite } from "../autodiff/composite.ts";
import { add, concat, gather, mul, neg, reshape, split, sub } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";

/**
 * Turns unit pairs (i, i + width/2) of `x` [batch, heads, length, width] by the angle position * theta^(-2i/width)
 * and multiplies by `scale`. The position is the index within the row, or what `places` says:
 * scores depend on differences of positions only, so packed documents need no restart. The gradient is turned back by
 * the same angle: dx = scale R(-angle) g.
 */
export function rotate(x: Value, theta: number, turning: Turning): Value {
	const { cos, sin } = rotaryTables(x, theta, turning);
	return composite({
		name: "rotate",
		inputs: { x, cos, sin },
		forward: (inputs) => ({ output: turn(inputs.x, inputs.cos, inputs.sin), saved: undefined }),
		gradients: {
			x: ({ g, inputs }) => turn(g, inputs.cos, neg(inputs.sin)),
			cos: "zero",
			sin: "zero",
		},
	});
}

interface Turning {
	readonly scale: number;
	/** The positions [batch, length] int32, where they are not the index within the row. */
	readonly places?: Value | undefined;
	/** No position reaches it; the length of x by default. */
	readonly length?: number;
}

/** (u, v) to (u cos - v sin, v cos + u sin) over the halves u and v of the last axis. */
function turn(x: Value, cos: Value, sin: Value): Value {
	const [u, v] = split(x, 2, -1) as [Value, Value];
	return concat([sub(mul(u, cos), mul(v, sin)), add(mul(v, cos), mul(u, sin))], -1);
}

/** scale * cos and scale * sin of every position and frequency: [1, 1, length, width / 2], by places [batch, 1, ...]. */
function rotaryTables(
	x: Value,
	theta: number,
	{ scale, places, length = x.shape[2]! }: Turning,
): { cos: Value; sin: Value } {
	const [batch, , count, width] = x.shape as [number, number, number, number];
	const half = width / 2;
	const table = (wave: (angle: number) => number): Value => {
		const data = new Float32Array(length * half);
		for (let position = 0; position < length; position++) {
			for (let i = 0; i < half; i++) data[position * half + i] = scale * wave(position * theta ** ((-2 * i) / width));
		}
		if (places === undefined) return x.graph.constant(data, [1, 1, length, half]);
		return reshape(gather(x.graph.constant(data, [length, half]), places), [batch, 1, count, half]);
	};
	return { cos: table(Math.cos), sin: table(Math.sin) };
}
