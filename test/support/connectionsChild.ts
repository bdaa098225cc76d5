/** Loaded before a program: writes each connection that it opens, but those to a socket in the file system, to a file. */
import { appendFileSync } from "node:fs";
import { Socket } from "node:net";

const { connect } = Socket.prototype;
Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
	// Node's own callers pass the arguments as one list.
	const [options] = (Array.isArray(args[0]) ? args[0] : args) as [unknown];
	const path = typeof options === "object" && options !== null && "path" in options ? options.path : undefined;
	if (typeof path !== "string") appendFileSync(process.env["MASKWRIGHT_CONNECTIONS"]!, `${JSON.stringify(options)}\n`);
	return (connect as (...args: unknown[]) => Socket).apply(this, args);
} as typeof connect;
