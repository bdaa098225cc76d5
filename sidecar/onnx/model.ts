/** A plain description of an ONNX model: what `encodeModel` writes and `decodeModel` reads. */

export type ElementType = "float32" | "uint8" | "int8" | "int32" | "int64" | "bool" | "float16" | "float64";

/** A dense tensor; `data` holds its elements in row-major order, little-endian. */
export interface TensorDescription {
	readonly name: string;
	readonly dtype: ElementType;
	readonly shape: readonly number[];
	readonly data: ArrayBufferView;
}

export type AttributeDescription =
	| { readonly int: number }
	| { readonly float: number }
	| { readonly string: string }
	| { readonly ints: readonly number[] }
	| { readonly floats: readonly number[] }
	| { readonly tensor: TensorDescription };

/** One operator call; an optional input that is left out is the empty string. */
export interface NodeDescription {
	readonly name: string;
	readonly op: string;
	/** "" is the standard ONNX domain. */
	readonly domain?: string;
	readonly inputs: readonly string[];
	readonly outputs: readonly string[];
	readonly attributes?: Readonly<Record<string, AttributeDescription>>;
}

/** A graph input or output; a size may be a name where it is not static. */
export interface ValueDescription {
	readonly name: string;
	readonly dtype: ElementType;
	readonly shape: readonly (number | string)[];
}

export interface ModelDescription {
	readonly name: string;
	readonly nodes: readonly NodeDescription[];
	readonly initializers: readonly TensorDescription[];
	readonly inputs: readonly ValueDescription[];
	readonly outputs: readonly ValueDescription[];
	/** Free text by key, such as the version that wrote the model. */
	readonly metadata?: Readonly<Record<string, string>>;
}

/** TensorProto.DataType of the ONNX specification, and the bytes of one element. */
export const elementTypes: Readonly<Record<ElementType, { readonly code: number; readonly bytes: number }>> = {
	float32: { code: 1, bytes: 4 },
	uint8: { code: 2, bytes: 1 },
	int8: { code: 3, bytes: 1 },
	int32: { code: 6, bytes: 4 },
	int64: { code: 7, bytes: 8 },
	bool: { code: 9, bytes: 1 },
	float16: { code: 10, bytes: 2 },
	float64: { code: 11, bytes: 8 },
};
