import { compile } from "../../sidecar/autodiff/compile.ts";
import { Graph } from "../../sidecar/autodiff/graph.ts";
import { tokenMark } from "../../sidecar/data/masking/tokenMark.ts";
import { packDocuments, segmentPositions, withMarks } from "../../sidecar/data/packing.ts";
import { readCorpus } from "../../sidecar/data/readers/corpus.ts";
import { splitHeldOut } from "../../sidecar/data/split.ts";
import { marksOf } from "../../sidecar/data/tokenMarks.ts";
import { attentionBias } from "../../sidecar/model/attention.ts";
import { encoder } from "../../sidecar/model/encoder.ts";
import { fromHuggingFaceConfig } from "../../sidecar/model/huggingFace.ts";
import { encoderPrefix } from "../../sidecar/model/names.ts";
import { parameterSpecs } from "../../sidecar/model/parameters.ts";
import { openSession } from "../../sidecar/session/session.ts";
import { floats, tensor } from "../../sidecar/session/tensor.ts";
import { loadModel } from "../../sidecar/store/modelFolder.ts";
import { loadTokenizer } from "../../sidecar/tokenizer/loadTokenizer.ts";
import type { Labelled } from "./linearProbe.ts";

const rowsOfRun = 16;

/**
 * The spans of the grammar in the held-out files of a corpus, each as the mean of the hidden units of its tokens in
 * whole rows, with its class (`markClasses`): at most `most` of them, in the order of the files.
 */
export async function spanVectors(
	folder: string,
	{
		corpus,
		heldOutShare,
		maximumFileBytes,
		sequenceLength,
		most,
	}: { corpus: string; heldOutShare: number; maximumFileBytes: number; sequenceLength: number; most: number },
): Promise<Labelled> {
	const stored = loadModel(folder);
	const config = fromHuggingFaceConfig(stored.config);
	const tokenizer = loadTokenizer(stored.tokenizer);
	const { documents } = await readCorpus(corpus, { maximumFileBytes });
	const ids: Int32Array[] = [];
	const marks: Int32Array[] = [];
	for (const document of splitHeldOut(documents, { fraction: heldOutShare }).heldOut) {
		const encoding = tokenizer.encode(document.text);
		ids.push(encoding.ids);
		marks.push(await marksOf(document, encoding));
	}
	const packed = packDocuments(ids, { sequenceLength, special: tokenizer.special });
	const rows = withMarks(packed, marks, packDocuments);

	const graph = new Graph();
	const prefix = `${encoderPrefix(config)}.`;
	const specs = parameterSpecs(config).filter(({ name }) => name.startsWith(prefix));
	const parameters = new Map(
		specs.map(({ name, shape }) => [name, graph.constant(stored.tensors.get(name)!.data as Float32Array, shape)]),
	);
	const size = [rowsOfRun, sequenceLength];
	const inputIds = graph.input("ids", size, "int32");
	const positions = graph.input("positions", size, "int32");
	const bias = attentionBias(config, graph.input("segments", size, "int32"));
	const { model, inputs } = compile({ hidden: encoder(config, parameters, { inputIds, positions, bias }) });
	const session = await openSession(model, { executionProvider: "cpu", threads: 1 });
	const vectors: Float32Array[] = [];
	const labels: number[] = [];
	const width = config.hiddenSize;
	for (let first = 0; first + rowsOfRun <= rows.count && vectors.length < most; first += rowsOfRun) {
		const [from, to] = [first * sequenceLength, (first + rowsOfRun) * sequenceLength];
		const segments = rows.segments.slice(from, to);
		const feeds = { ids: rows.tokens.slice(from, to), segments, positions: segmentPositions(segments) };
		const outputs = await session.run(
			Object.fromEntries(
				Object.entries(feeds)
					.filter(([name]) => name in inputs)
					.map(([name, data]) => [name, tensor(data, size)]),
			),
		);
		const hidden = floats(outputs["hidden"]!);
		for (const { start, end, spanClass } of spansOf(rows.marks!.subarray(from, to), sequenceLength)) {
			const mean = new Float32Array(width);
			for (let at = start; at < end; at++) {
				for (let unit = 0; unit < width; unit++) mean[unit]! += hidden[at * width + unit]! / (end - start);
			}
			vectors.push(mean);
			labels.push(spanClass);
		}
	}
	await session.release();
	return { vectors: vectors.slice(0, most), labels: labels.slice(0, most) };
}

function* spansOf(marks: Int32Array, length: number): Iterable<{ start: number; end: number; spanClass: number }> {
	for (let at = 0; at < marks.length; ) {
		const start = at++;
		const spanClass = marks[start]! & tokenMark.spanClass;
		if (spanClass === 0) continue;
		while (
			at % length !== 0 &&
			(marks[at]! & tokenMark.spanClass) === spanClass &&
			(marks[at]! & tokenMark.spanBegins) === 0
		) {
			at++;
		}
		yield { start, end: at, spanClass };
	}
}
