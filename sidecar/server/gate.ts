import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { endpoints } from "../protocol/connection.ts";

/** A way to speak to the sidecar. */
export type Endpoint = keyof typeof endpoints;

/** Why a request is turned away: an HTTP status with its sentence. */
export interface Refusal {
	readonly status: 401 | 403 | 404;
	readonly sentence: string;
}

export interface Gate {
	readonly token: string;
	/** Whether a `Host` header names this server; left out where no browser can come, on a socket in a private folder. */
	readonly allowsHost?: (host: string) => boolean;
}

/** Judges a request by its headers alone, before anything that it sends is read. */
export function judge(request: IncomingMessage, { token, allowsHost }: Gate): Endpoint | Refusal {
	const { host, origin, authorization } = request.headers;
	if (allowsHost !== undefined && !allowsHost(host ?? "")) {
		return { status: 403, sentence: "The Host header names no host that this sidecar answers to (--allow-host)." };
	}
	// Only a browser sends an Origin, and no page has business here.
	if (origin !== undefined) return { status: 403, sentence: "Requests from web pages are refused." };
	if (!holdsToken(authorization, token)) {
		return { status: 401, sentence: "The Authorization header must hold `Bearer` and the token of this sidecar." };
	}
	const endpoint = Object.entries(endpoints).find(([, path]) => path === request.url)?.[0];
	return (endpoint as Endpoint | undefined) ?? { status: 404, sentence: "There is nothing here." };
}

/**
 * Tells which `Host` headers name a server that listens on `host` and `port`: that pair, and the names given, each
 * with its own port or any. This keeps out pages that have their own name point here (DNS rebinding).
 */
export function hostRule(listen: { host: string; port: number }, names: readonly string[]): (host: string) => boolean {
	const own = `${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${listen.port}`.toLowerCase();
	const allowed = new Set([own, ...names.map((name) => name.toLowerCase())]);
	return (host) => {
		const given = host.toLowerCase();
		return allowed.has(given) || allowed.has(given.replace(/:\d+$/, ""));
	};
}

/** Takes the same time whatever the header holds: both sides are hashed first, which also makes them equally long. */
function holdsToken(authorization: string | undefined, token: string): boolean {
	return timingSafeEqual(digest(authorization ?? ""), digest(`Bearer ${token}`));
}

function digest(text: string): Buffer {
	return createHash("sha256").update(text).digest();
}
