import { type Curve, stepMetrics } from "./curve.ts";

const columns = [
	"run",
	"step",
	"tokens",
	"seconds",
	"train_loss",
	"learning_rate",
	"gradient_norm",
	"tokens_per_second",
	"memory_bytes",
	"held_out_loss",
	"held_out_top1",
	"held_out_top5",
	"held_out_identifier_top1",
] as const;

/** Every step of the runs as CSV (RFC 4180), numbers at full precision, held-out scores beside the step they follow. */
export function curvesCsv(runs: readonly { name: string; curve: Curve }[]): string {
	return [columns.join(","), ...runs.flatMap(({ name, curve }) => rowsOf(name, curve)), ""].join("\r\n");
}

function rowsOf(name: string, curve: Curve): string[] {
	const { x, metrics, heldOut } = curve;
	const evaluations = new Map(heldOut.map((point) => [point.row, point.scores]));
	const run = quote(name);
	const rows: string[] = [];
	for (let row = evaluations.has(-1) ? -1 : 0; row < curve.length; row++) {
		const scores = evaluations.get(row);
		const places = row < 0 ? [0, 0, 0] : [x.step.at(row), x.tokens.at(row), x.seconds.at(row)];
		const numbers = [
			...places,
			...stepMetrics.map((metric) => metrics[metric].at(row)),
			scores?.loss,
			scores?.top1,
			scores?.top5,
			scores?.identifierTop1,
		];
		rows.push([run, ...numbers.map(cell)].join(","));
	}
	return rows;
}

function cell(value: number | null | undefined): string {
	return value === undefined || value === null || Number.isNaN(value) ? "" : String(value);
}

/** Quoted where needed; a text that a spreadsheet would read as a formula begins with an apostrophe. */
function quote(text: string): string {
	const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
