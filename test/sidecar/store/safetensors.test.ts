import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isError } from "../../../sidecar/base/errors.ts";
import { decodeSafetensors, encodeSafetensors, type HostTensor } from "../../../sidecar/store/safetensors.ts";
import { safetensorsFile } from "../../support/safetensorsBytes.ts";

const join = (chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(chunks));

const bits = (tensors: ReadonlyMap<string, HostTensor>): unknown =>
	[...tensors].map(([name, { data, shape }]) => [
		name,
		shape,
		data.constructor.name,
		Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"),
	]);

const tensor = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
	const length = shape.reduce((a, b) => a * b, 1);
	const size = { minLength: length, maxLength: length };
	return fc.oneof(
		fc.float32Array(size).map((data): HostTensor => ({ data, shape })),
		fc.int32Array(size).map((data): HostTensor => ({ data, shape })),
		fc.bigInt64Array(size).map((data): HostTensor => ({ data, shape })),
	);
});
const name = fc.string({ unit: "grapheme" }).filter((text) => text !== "__proto__" && text !== "__metadata__");

test("decoding what was encoded gives every tensor back bit by bit", () => {
	fc.assert(
		fc.property(fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 }), (entries) => {
			const tensors = new Map(entries);
			const decoded = decodeSafetensors(join(encodeSafetensors(tensors)), "x");
			assert.deepEqual(new Map(bits(decoded) as []), new Map(bits(tensors) as []));
		}),
	);
});

test("the same tensors in another order give the same bytes, aligned to eight", () => {
	const a: HostTensor = { data: new Float32Array([1, 2, 3]), shape: [3] };
	const b: HostTensor = { data: new BigInt64Array([4n]), shape: [] };
	const bytes = join(
		encodeSafetensors(
			new Map([
				["a", a],
				["b", b],
			]),
		),
	);
	assert.deepEqual(
		join(
			encodeSafetensors(
				new Map([
					["b", b],
					["a", a],
				]),
			),
		),
		bytes,
	);
	assert.equal(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n);
	assert.match(Buffer.from(bytes).toString("latin1"), /"b".*"a"/);
});

test("a file laid out by hand after the format's description reads as it should", () => {
	const header =
		'{"h":{"dtype":"F16","shape":[4],"data_offsets":[16,24]},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}';
	const data = join([
		new Uint8Array(new Float32Array([0, 1, 2, 3]).buffer),
		new Uint8Array(new Uint16Array([0x3c00, 0xc000, 0x7bff, 0x0001]).buffer),
	]);
	const tensors = decodeSafetensors(safetensorsFile(header, data), "x");
	assert.deepEqual(tensors.get("w"), { data: new Float32Array([0, 1, 2, 3]), shape: [2, 2] });
	assert.deepEqual(tensors.get("h"), { data: new Float32Array([1, -2, 65504, 2 ** -24]), shape: [4] });
});

test("half precision widens exactly, special values included", () => {
	const read = (dtype: string, words: number[]): number[] => {
		const header = `{"x":{"dtype":"${dtype}","shape":[${words.length}],"data_offsets":[0,${2 * words.length}]}}`;
		const bytes = safetensorsFile(header, new Uint8Array(new Uint16Array(words).buffer));
		return [...(decodeSafetensors(bytes, "x").get("x") as HostTensor).data].map(Number);
	};
	assert.deepEqual(read("BF16", [0x3f80, 0xc0a0, 0x7f80, 0xff80, 0x8000]), [1, -5, Infinity, -Infinity, -0]);
	assert.ok(Number.isNaN(read("BF16", [0x7fc0])[0]));
	assert.deepEqual(read("F16", [0x7c00, 0xfc00, 0x8000, 0x3555]), [Infinity, -Infinity, -0, 0.333251953125]);
	assert.ok(Number.isNaN(read("F16", [0x7e00])[0]));
});

const four = new Uint8Array(4);
const entry = (offsets: string, shape = "[1]", dtype = "F32"): string =>
	`{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

const hostile: Record<string, Uint8Array<ArrayBuffer>> = {
	empty: new Uint8Array(0),
	"seven bytes": new Uint8Array(7),
	"a header longer than the file": safetensorsFile("{}", new Uint8Array(0), 100n),
	"a header of 2^63 bytes": safetensorsFile("{}", new Uint8Array(0), 2n ** 63n),
	"no JSON": safetensorsFile("{x}"),
	"an array": safetensorsFile("[]"),
	"not UTF-8": safetensorsFile(new Uint8Array([0x7b, 0xff, 0x7d])),
	"a byte order mark": safetensorsFile("\ufeff{}"),
	"a tensor that is a number": safetensorsFile('{"a":1}'),
	"an unknown key": safetensorsFile(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, four),
	"an unknown type": safetensorsFile(`{"a":${entry("[0,4]", "[1]", "F8_E4M3")}}`, four),
	"a type from the prototype": safetensorsFile(`{"a":${entry("[0,4]", "[1]", "constructor")}}`, four),
	"a negative dimension": safetensorsFile(`{"a":${entry("[0,4]", "[-1]")}}`, four),
	"a broken dimension": safetensorsFile(`{"a":${entry("[0,4]", "[0.5,2]")}}`, four),
	"a shape whose product overflows": safetensorsFile(`{"a":${entry("[0,4]", "[4294967296,4294967296]")}}`, four),
	"a shape of other size": safetensorsFile(`{"a":${entry("[0,4]", "[2]")}}`, four),
	"offsets backwards": safetensorsFile(`{"a":${entry("[4,0]")}}`, four),
	"offsets past the end": safetensorsFile(`{"a":${entry("[0,8]", "[2]")}}`, four),
	"a hole": safetensorsFile(`{"a":${entry("[4,8]")}}`, new Uint8Array(8)),
	"an overlap": safetensorsFile(`{"a":${entry("[0,4]")},"b":${entry("[0,4]")}}`, four),
	"bytes after the last tensor": safetensorsFile(`{"a":${entry("[0,4]")}}`, new Uint8Array(5)),
	"a repeated name": safetensorsFile(`{"a":${entry("[0,4]")},"a":${entry("[0,4]")}}`, four),
	"a repeated name in escapes": safetensorsFile(`{"a":${entry("[0,4]")},"\\u0061":${entry("[0,4]")}}`, four),
	"a repeated key": safetensorsFile(`{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, four),
	"the name __proto__": safetensorsFile(`{"__proto__":${entry("[0,4]")}}`, four),
	"metadata that is no object of strings": safetensorsFile('{"__metadata__":{"a":1}}'),
	"deep nesting": safetensorsFile(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
};

for (const [what, bytes] of Object.entries(hostile)) {
	test(`a file with ${what} is refused by name`, () => {
		assert.throws(
			() => decodeSafetensors(bytes, "model.safetensors"),
			(error) => isError(error, "modelInvalid") && error.message.startsWith("model.safetensors is not a sound"),
		);
	});
}

test("any change of a header's byte gives tensors or modelInvalid, and nothing else", () => {
	const bytes = join(encodeSafetensors(new Map([["a", { data: new Float32Array([1, 2]), shape: [2] }]])));
	fc.assert(
		fc.property(fc.nat(bytes.length - 9), fc.nat(255), (at, value) => {
			const changed = bytes.slice();
			changed[at] = value;
			try {
				decodeSafetensors(changed, "x");
			} catch (error) {
				assert.ok(isError(error, "modelInvalid"), String(error));
			}
		}),
		{ numRuns: 2000 },
	);
});
