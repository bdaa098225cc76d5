import { isIP } from "node:net";
import { type Command, InvalidArgumentError } from "commander";
import { MaskwrightError } from "../../base/errors.ts";
import type { ListenRequest, Sidecar } from "../../server/sidecar.ts";
import { type CommandContext, type CommonOptions, withCommonOptions } from "../command.ts";
import { wholeNumber } from "../options.ts";
import { version } from "../version.ts";

interface ServeFlags extends CommonOptions {
	readonly linger?: number;
	readonly listen?: { host: string; port: number };
	readonly tokenFile?: string;
	readonly allowHost?: string[];
}

/** How long the sidecar stays when nobody needs it, in seconds. */
const defaultLinger = 60;

/** `maskwright serve`. */
export function addServe(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("serve"))
		.summary("be the sidecar that editors connect to, or tell where it is")
		.description(
			"Be the sidecar that all editors of this user share, on a private socket; when one runs already, tell where it is and end. Prints one line of JSON.",
		)
		.option(
			"--linger <seconds>",
			`how long to stay once nobody is connected and no run is active (default: ${defaultLinger}; with --listen: for ever)`,
			wholeNumber,
		)
		.option("--listen <host:port>", "listen on a TCP port too, for an editor on another machine", hostAndPort)
		.option("--token-file <file>", "file with the token that --listen asks for; made when missing")
		.option(
			"--allow-host <name[:port]>",
			"a further name by which --listen may be called; may be given several times",
			addName,
		)
		.action(async (flags: ServeFlags) => serve(flags, context));
}

async function serve(flags: ServeFlags, { terminal, signal }: CommandContext): Promise<void> {
	const listen = listenRequest(flags);
	const linger = flags.linger ?? (listen === undefined ? defaultLinger : Number.POSITIVE_INFINITY);
	// Loaded here: the other commands have no need of it.
	const { oneSidecar } = await import("../../server/oneSidecar.ts");
	const { address, sidecar } = await oneSidecar({
		version: version(),
		lingerSeconds: linger,
		...(listen === undefined ? {} : { listen }),
	});
	terminal.json(address);
	if (sidecar !== undefined) await untilEnded(sidecar, signal);
}

/** A signal to end, such as at a logout, keeps the runs for the next sidecar. */
async function untilEnded(sidecar: Sidecar, signal: AbortSignal): Promise<void> {
	const stop = (): void => sidecar.stop({ keep: true });
	if (signal.aborted) stop();
	signal.addEventListener("abort", stop);
	await sidecar.ended;
	// Whatever should still wait for something: lock and socket are gone, and nobody can reach this process.
	setTimeout(() => process.exit(), 1000).unref();
}

function listenRequest({ listen, tokenFile, allowHost = [] }: ServeFlags): ListenRequest | undefined {
	if (listen === undefined) {
		if (tokenFile === undefined && allowHost.length === 0) return undefined;
		throw new MaskwrightError("usage", "--token-file and --allow-host belong to --listen HOST:PORT, which is missing.");
	}
	const everyAddress = isIP(listen.host) !== 0 && /^[0:.]+$/.test(listen.host);
	if (everyAddress && allowHost.length === 0) {
		throw new MaskwrightError(
			"usage",
			`${listen.host} stands for every address of this machine: say with --allow-host NAME by which name others call it.`,
		);
	}
	return { ...listen, allowHosts: allowHost, ...(tokenFile === undefined ? {} : { tokenFile }) };
}

function hostAndPort(text: string): { host: string; port: number } {
	const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text) ?? [];
	const host = bracketed ?? plain;
	const port = Number(digits);
	if (host === undefined || !(port <= 65_535)) {
		throw new InvalidArgumentError("It must be HOST:PORT, such as 127.0.0.1:7070 or [::1]:7070.");
	}
	return { host, port };
}

function addName(text: string, before: readonly string[] = []): string[] {
	if (!/^(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?$/.test(text)) {
		throw new InvalidArgumentError("It must be a host's name, such as gpu.example or gpu.example:7070.");
	}
	return [...before, text];
}
