import assert from "node:assert/strict";
import { test } from "node:test";
import { openTerminal, printable } from "../../../sidecar/cli/terminal.ts";
import { catching } from "../../support/callCli.ts";

const colored = (columns: number | undefined, env: NodeJS.ProcessEnv): boolean =>
	openTerminal(catching(columns), catching(), env).colors.isColorSupported;

test("colours appear on a terminal alone, unless NO_COLOR or FORCE_COLOR says otherwise", () => {
	const rows: [columns: number | undefined, env: NodeJS.ProcessEnv, colors: boolean][] = [
		[80, {}, true],
		[undefined, {}, false],
		[undefined, { CI: "1" }, false],
		[80, { TERM: "dumb" }, false],
		[80, { NO_COLOR: "1" }, false],
		[80, { NO_COLOR: "" }, true],
		[80, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
		[undefined, { FORCE_COLOR: "1" }, true],
		[80, { FORCE_COLOR: "0" }, false],
	];
	assert.deepEqual(
		rows.map(([columns, env]) => colored(columns, env)),
		rows.map(([, , colors]) => colors),
	);
});

test("a status line is redrawn in place and cleared before the next line", () => {
	const output = catching(80);
	const terminal = openTerminal(output, catching(), {});
	terminal.status("10%");
	terminal.status("20%");
	terminal.line("done");
	assert.equal(output.text(), "\r\x1b[2K10%\r\x1b[2K20%\r\x1b[2Kdone\n");
});

test("nothing but lines goes to an output that is no terminal", () => {
	const output = catching();
	const errors = catching();
	const terminal = openTerminal(output, errors, {});
	terminal.status("10%");
	terminal.line(terminal.colors.red("done"));
	terminal.warn("careful");
	assert.deepEqual([output.text(), errors.text()], ["done\n", "careful\n"]);
});

test("control characters are spelled out, other text stays", () => {
	assert.equal(printable("a\n\tb\u001b[2Jc\u0007\u009b é 漢"), "a\\n\\tb\\x1b[2Jc\\x07\\x9b é 漢");
});
