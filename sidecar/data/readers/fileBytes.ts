import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import xz from "xz-decompress";
import { MaskwrightError } from "../../base/errors.ts";

/** The bytes of a file, piece by piece; a file that ends in .xz is unpacked on the way. */
export async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
	const stream = createReadStream(file, { highWaterMark: 2 ** 18 });
	if (!file.endsWith(".xz")) {
		yield* stream as AsyncIterable<Buffer>;
		return;
	}
	const packed = Readable.toWeb(stream) as ReadableStream<Uint8Array>;
	const reader = new xz.XzReadableStream(packed).getReader();
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			yield value;
		}
	} catch (cause) {
		throw new MaskwrightError(
			"corpusInvalid",
			`${file} cannot be unpacked: its xz data is damaged or cut off. Copy the file anew.`,
			{
				cause,
			},
		);
	} finally {
		stream.destroy();
	}
}
