import { createInference, type Inference } from "../compute/startInference.ts";
import { classifyHandlers } from "../jobs/classifyHandlers.ts";
import { inspectHandlers } from "../jobs/inspectHandlers.ts";
import { createJobs, type Jobs } from "../jobs/jobs.ts";
import { protocolVersion, type SidecarAddress } from "../protocol/connection.ts";
import type { Notify } from "../protocol/methods.ts";
import { homeFolder, sidecarLayout } from "../store/layout.ts";
import { becomeSidecar, newToken, protectSocket, readTokenFile } from "../store/sidecarFiles.ts";
import { type Clients, createClients } from "./clients.ts";
import { hostRule } from "./gate.ts";
import { serveLanguage } from "./languageServer/languageServer.ts";
import { createLinger } from "./linger.ts";
import { type Arrival, type Listener, listen } from "./listener.ts";
import { createLog, type Log } from "./log.ts";
import type { Handlers } from "./rpcConnection.ts";

import { createStatus } from "./status.ts";

/** Where to listen for other machines. */
export interface ListenRequest {
	readonly host: string;
	/** 0: any that is free. */
	readonly port: number;
	/** By default a file in the sidecar's folder. */
	readonly tokenFile?: string;
	/** Names by which others call this machine, each with a port or without. */
	readonly allowHosts: readonly string[];
}

export interface SidecarOptions {
	readonly home?: string;
	/** Of Maskwright. */
	readonly version: string;
	/** How long it stays after the last client has gone and no run is active. Infinite: until it is stopped. */
	readonly lingerSeconds: number;
	readonly listen?: ListenRequest;
}

export interface Sidecar {
	readonly address: SidecarAddress;
	/** Resolves once all children have ended, and lock and socket are gone. */
	readonly ended: Promise<void>;
	/** Pauses what trains, with a checkpoint, and ends; with `keep` the next sidecar goes on with it. */
	stop(options: { keep: boolean }): void;
}

/**
 * Makes this process the sidecar of its user, reachable when the promise resolves; undefined when another is it.
 * @throws `storage` or `sidecarUnreachable` when folder, socket or port cannot be had.
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar | undefined> {
	const home = options.home ?? homeFolder();
	const { version } = options;
	const token = newToken();
	const remoteToken = options.listen && readTokenFile(options.listen.tokenFile ?? sidecarLayout(home).listenToken);
	const listenName = options.listen ? nameOfListener(options.listen) : null;
	const lock = becomeSidecar(home, { token, protocolVersion, version, listen: listenName });
	if (lock === undefined) return undefined;
	const parts = await createParts(home).catch((error: unknown) => {
		lock.release();
		throw error;
	});
	const { clients, log, jobs, inference } = parts;
	const listeners: Listener[] = [];
	const where = (): string => {
		const port = listeners[1]?.port;
		return options.listen && port !== undefined ? nameOfListener({ ...options.listen, port }) : lock.socket;
	};
	const status = createStatus({ home, version, where, clients, jobs, inference });
	let finish: () => void = () => {};
	const ended = new Promise<void>((resolve) => {
		finish = resolve;
	});
	let stopping = false;
	const stop = ({ keep }: { keep: boolean }): void => {
		if (stopping) return;
		stopping = true;
		log("info", keep ? "The sidecar ends; the next one goes on with its runs." : "The sidecar ends.");
		void endParts(parts, { keep, listeners }).finally(() => {
			status.dispose();
			lock.release();
			finish();
		});
	};
	const handlers = createHandlers(parts, { status, stop, home });
	const onArrival = clients.serve({
		handlers,
		version,
		log,
		serveLanguage: (messages) => serveLanguage(messages, { inference, log }),
	});
	watchChanges(parts, { status, stop, lingerSeconds: options.lingerSeconds });
	try {
		listeners.push(await listenOnSocket(lock.socket, { token, onArrival }));
		if (options.listen) listeners.push(await listenOnPort(options.listen, { token: remoteToken ?? "", onArrival }));
	} catch (error) {
		stop({ keep: true });
		await ended;
		throw error;
	}
	log("info", `Sidecar ${version} serves as process ${process.pid} on ${where()}.`);
	const address = { event: "serving", pid: process.pid, socket: lock.socket, token, protocolVersion, version } as const;
	return { address: options.listen ? { ...address, listen: where() } : address, ended, stop };
}

interface Parts {
	readonly clients: Clients;
	readonly log: Log;
	readonly jobs: Jobs;
	readonly inference: Inference;
}

async function createParts(home: string): Promise<Parts> {
	const clients = createClients();
	const log = createLog(home, clients.notify);
	const inference = createInference({ home, log });
	const notify: Notify = (name, params) => {
		if (name === "modelsChanged") inference.modelChanged();
		clients.notify(name, params);
	};
	return { clients, log, inference, jobs: await createJobs({ home, notify, log }) };
}

/** No new client comes in while runs are paused; those that are there see it. */
async function endParts(
	{ jobs, inference, log }: Parts,
	{ keep, listeners }: { keep: boolean; listeners: readonly Listener[] },
): Promise<void> {
	for (const listener of listeners) listener.stopAccepting();
	const done = await Promise.allSettled([jobs.shutdown({ keep }), inference.shutdown()]);
	for (const each of done) if (each.status === "rejected") log("error", `While ending: ${String(each.reason)}`);
	await Promise.all(listeners.map((listener) => listener.close()));
}

function createHandlers(
	{ jobs, inference }: Parts,
	{ status, stop, home }: { status: ReturnType<typeof createStatus>; stop: Sidecar["stop"]; home: string },
): Omit<Handlers, "hello"> {
	return {
		...jobs.handlers,
		...inspectHandlers({ home, inference }),
		...classifyHandlers({ home, inference }),
		ping: async () => ({}),
		status: async () => status.read(),
		stopSidecar: async ({ keep = false }) => {
			// After the answer has gone out.
			setTimeout(() => stop({ keep }), 10);
			return {};
		},
		fillText: ({ text, top, model }, { signal }) =>
			inference.fill(text, { top, signal, ...(model === undefined ? {} : { model }) }),
		generateText: (question, { signal }) =>
			inference.ask("generate", question, {
				signal,
				...(question.model === undefined ? {} : { model: question.model }),
			}),
	};
}

/** Tells each part what it must know of the others. */
function watchChanges(
	{ clients, jobs, inference }: Parts,
	options: { status: ReturnType<typeof createStatus>; stop: Sidecar["stop"]; lingerSeconds: number },
): void {
	const { status, stop, lingerSeconds } = options;
	const check = createLinger({
		seconds: lingerSeconds,
		busy: () => clients.present() || jobs.activeRuns() + jobs.activeIndexes() > 0,
		end: () => stop({ keep: true }),
	});
	jobs.setListening(false);
	clients.onChange(() => {
		jobs.setListening(clients.count() > 0);
		status.changed();
		check();
	});
	jobs.onChange(() => {
		status.changed();
		check();
	});
	inference.onChange(status.changed);
}

interface Entrance {
	readonly token: string;
	readonly onArrival: (arrival: Arrival) => void;
}

async function listenOnSocket(path: string, { token, onArrival }: Entrance): Promise<Listener> {
	const listener = await listen({ at: { path }, gate: () => ({ token }), onArrival });
	protectSocket(path);
	return listener;
}

async function listenOnPort({ host, port, allowHosts }: ListenRequest, entrance: Entrance): Promise<Listener> {
	const gate = (listening: number | undefined) => ({
		token: entrance.token,
		allowsHost: hostRule({ host, port: listening ?? port }, allowHosts),
	});
	return listen({ at: { host, port }, gate, onArrival: entrance.onArrival });
}

/** host:port, as `--listen` takes it. */
export function nameOfListener({ host, port }: { host: string; port: number }): string {
	return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
