/**
 * Native modules of VS Code's server that would have to be compiled, written again in plain JavaScript for what an
 * editor on this machine needs of them. Each is a CommonJS package: its name and the text of its `index.js`.
 */
export const standIns: Readonly<Record<string, string>> = {
	/** Log files, which also feed the Output view. A pattern of its own is set by nobody but VS Code's raw loggers. */
	"@vscode/spdlog": `"use strict";
const { appendFileSync, mkdirSync } = require("node:fs");
const { dirname } = require("node:path");
const levels = ["trace", "debug", "info", "warning", "error", "critical"];
class Logger {
	constructor(name, file) {
		Object.assign(this, { name, file, level: 2, raw: false });
		mkdirSync(dirname(file), { recursive: true });
		this.append("");
	}
	append(text) {
		try {
			appendFileSync(this.file, text);
		} catch {}
	}
	log(level, message) {
		if (level < this.level) return;
		const time = new Date().toISOString().replace("T", " ").replace("Z", "");
		this.append(this.raw ? String(message) : time + " [" + levels[level] + "] " + message + "\\n");
	}
	setLevel(level) {
		this.level = level;
	}
	getLevel() {
		return this.level;
	}
	setPattern() {
		this.raw = false;
	}
	clearFormatters() {
		this.raw = true;
	}
	flush() {}
	drop() {}
}
for (const [level, name] of ["trace", "debug", "info", "warn", "error", "critical"].entries())
	Logger.prototype[name] = function (message) {
		this.log(level, message);
	};
// One by one, so that an ES module can import them by name.
exports.version = 0;
exports.Logger = Logger;
exports.createRotatingLogger = async (name, file) => new Logger(name, file);
exports.createAsyncRotatingLogger = exports.createRotatingLogger;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.shutdown = () => {};
`,
	/** Ends the extension host when the server is gone. */
	"native-watchdog": `"use strict";
exports.start = (pid) =>
	setInterval(() => {
		try {
			process.kill(pid, 0);
		} catch {
			process.exit(87);
		}
	}, 1000).unref();
`,
};
