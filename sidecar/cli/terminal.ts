import { createColors } from "picocolors";

type Stream = Pick<NodeJS.WriteStream, "write"> & { isTTY?: boolean; columns?: number };

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
	readonly colors: ReturnType<typeof createColors>;
	/** Whether standard output is a terminal that can redraw a line. */
	readonly interactive: boolean;
	readonly columns: number;
	/** Writes one line of results. */
	line(text?: string): void;
	/** Redraws the last line, where interactive. */
	status(text: string): void;
	/** Writes one JSON value as a line. */
	json(value: unknown): void;
	/** Writes one line to standard error. */
	warn(text: string): void;
}

/** A terminal over two streams; `NO_COLOR` (https://no-color.org) and `FORCE_COLOR` are honoured. */
export function openTerminal(output: Stream, errors: Stream, env: NodeJS.ProcessEnv): Terminal {
	const interactive = output.isTTY === true && env["TERM"] !== "dumb";
	let statusShown = false;
	const clear = (): void => {
		if (statusShown) output.write("\r\x1b[2K");
		statusShown = false;
	};
	return {
		colors: createColors(wantsColor(interactive, env)),
		interactive,
		get columns() {
			return output.columns ?? 80;
		},
		line: (text = "") => {
			clear();
			output.write(`${text}\n`);
		},
		status: (text) => {
			if (!interactive) return;
			output.write(`\r\x1b[2K${text}`);
			statusShown = true;
		},
		json: (value) => {
			output.write(`${JSON.stringify(value)}\n`);
		},
		warn: (text) => {
			clear();
			errors.write(`${text}\n`);
		},
	};
}

/** Text from elsewhere (file names, model output) with control characters spelled out, safe to print. */
export function printable(text: string): string {
	return text.replaceAll(/\p{Cc}/gu, (character) => {
		const known = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
		return known ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
	});
}

function wantsColor(interactive: boolean, env: NodeJS.ProcessEnv): boolean {
	if ((env["NO_COLOR"] ?? "") !== "") return false;
	const force = env["FORCE_COLOR"];
	if (force !== undefined && force !== "") return force !== "0" && force !== "false";
	return interactive;
}
