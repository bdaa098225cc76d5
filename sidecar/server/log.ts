import type { ParamsOf } from "../protocol/descriptors.ts";
import type { Notify, notifications } from "../protocol/methods.ts";
import { sidecarLayout } from "../store/layout.ts";
import { openLogFile } from "../store/logFile.ts";

type Level = ParamsOf<typeof notifications.log>["level"];

/** Tells one fact; a message of several lines stays one entry. */
export type Log = (level: Level, message: string) => void;

/** Writes to the log in the sidecar's folder and tells every client. */
export function createLog(home: string, notify: Notify): Log {
	const append = openLogFile(sidecarLayout(home).log);
	return (level, message) => {
		append(`${new Date().toISOString()} ${level.padEnd(5)} ${message.trimEnd().replaceAll("\n", "\n\t")}`);
		notify("log", { level, message });
	};
}
