import type { Readable } from "node:stream";
import { request } from "undici";
import { isError, MaskwrightError } from "../../base/errors.ts";
import { connections } from "./proxies.ts";
import { pageOf, type Repository } from "./repository.ts";
import { TransientFailure } from "./retries.ts";

export interface HubClientOptions {
	readonly repository: Repository;
	/** Sent to the hub's own address alone. */
	readonly token?: string;
	/** Where proxies are named. */
	readonly env: NodeJS.ProcessEnv;
	/** How long the hub may take to answer, and may say nothing while it sends. */
	readonly silenceMs?: number;
}

/** What the hub answered with: 200, 206 or 416, and for these alone. */
export interface HubResponse {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	/** Fails with a `TransientFailure` when it is cut. */
	readonly body: AsyncIterable<Uint8Array>;
	/** Ends the connection when the body is not wanted. */
	drop(): void;
}

export interface HubClient {
	readonly repository: Repository;
	/**
	 * Asks for an address of the hub, from a byte on where `from` is not 0, and follows its redirections. Throws
	 * `hubRefused`, `notFound`, `interrupted`, and `TransientFailure` for what may go better a second time.
	 */
	get(address: string, options: { from?: number; signal: AbortSignal }): Promise<HubResponse>;
	close(): Promise<void>;
}

const mostRedirections = 5;

/** A client of one repository. Throws `usage` for a token that would be sent in the open. */
export function hubClient({ repository, token, env, silenceMs = 60_000 }: HubClientOptions): HubClient {
	const hub = new URL(repository.endpoint);
	if (token !== undefined) requireSafeToken(token, hub);
	const open = connections(env);
	const ask = async (url: URL, from: number, signal: AbortSignal): Promise<HubResponse> => {
		const { statusCode, headers, body } = await request(url, {
			dispatcher: open.to(url),
			signal,
			headersTimeout: silenceMs,
			bodyTimeout: silenceMs,
			headers: {
				"user-agent": "maskwright",
				// Hashes and ranges are of the file as it is.
				"accept-encoding": "identity",
				...(from > 0 ? { range: `bytes=${from}-` } : {}),
				...(token !== undefined && url.origin === hub.origin ? { authorization: `Bearer ${token}` } : {}),
			},
		});
		body.on("error", () => {}); // what is not read any more may still fail
		return { status: statusCode, headers: single(headers), body: told(body, signal), drop: () => void body.destroy() };
	};
	return {
		repository,
		async get(address, { from = 0, signal }) {
			let url = new URL(address);
			for (let redirections = 0; redirections <= mostRedirections; redirections++) {
				const response = await orTransient(() => ask(url, from, signal), signal);
				if ([200, 206, 416].includes(response.status)) return unencoded(response, url);
				response.drop();
				if (![301, 302, 303, 307, 308].includes(response.status)) throw refusal(response, { repository, url, token });
				url = redirection(response, url);
			}
			throw new MaskwrightError("hubRefused", `${hub.host} redirects without end. Check the endpoint that is set.`);
		},
		close: () => open.close(),
	};
}

function requireSafeToken(token: string, hub: URL): void {
	if (!/^[\x21-\x7e]{1,500}$/.test(token))
		throw new MaskwrightError("usage", "The hub's token has characters that no token has. Set it again.");
	if (hub.protocol !== "https:" && !["localhost", "127.0.0.1", "[::1]"].includes(hub.hostname))
		throw new MaskwrightError(
			"usage",
			`A token would go to ${hub.host} in the open. Set an https endpoint, or take the token away.`,
		);
}

/** The place that a redirection leads to; never from https to http. */
function redirection({ headers }: HubResponse, from: URL): URL {
	const location = headers["location"] ?? "";
	const url = location !== "" && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
	if (url !== undefined && (url.protocol === "https:" || url.protocol === from.protocol)) return url;
	throw new MaskwrightError(
		"hubRefused",
		`${from.host} redirects to where nothing is downloaded from. Check the endpoint that is set.`,
	);
}

/** An answer as it is on the wire: sizes, ranges and hashes would not fit a compressed one. */
function unencoded(response: HubResponse, url: URL): HubResponse {
	const encoding = response.headers["content-encoding"] ?? "identity";
	if (encoding === "identity") return response;
	response.drop();
	throw new MaskwrightError(
		"hubRefused",
		`${url.host} sent ${JSON.stringify(encoding.slice(0, 50))} though it was asked for the plain file. Check the endpoint and proxy that are set.`,
	);
}

function refusal(
	{ status, headers }: HubResponse,
	{ repository, url, token }: { repository: Repository; url: URL; token: string | undefined },
): Error {
	const { id } = repository;
	if (status === 429 || status === 408 || status >= 500)
		return new TransientFailure(`${url.host} answered with status ${status}`, headers["retry-after"]);
	if (status === 404)
		return new MaskwrightError(
			"notFound",
			`There is no ${id} with the revision ${repository.revision} on ${url.host}. Check both names.`,
		);
	if (status === 401)
		return new MaskwrightError(
			"hubRefused",
			token === undefined
				? `${url.host} does not give ${id} to everybody: there is none of this name, or it is private or gated. Check the name, or set a token (HF_TOKEN; in the editor: Maskwright: Set Hugging Face Token).`
				: `${url.host} does not take the token that is set, or it gives no access to ${id}. Check the name and the token.`,
		);
	if (status === 403)
		return new MaskwrightError(
			"hubRefused",
			`${id} is gated: its owner gives access on ${pageOf(repository)}. Ask there, set a token of that account (HF_TOKEN) and try again.`,
		);
	return new MaskwrightError(
		"hubRefused",
		`${url.host} answered with status ${status}. Check the endpoint that is set, or try again later.`,
	);
}

async function* told(body: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
	const iterator = body[Symbol.asyncIterator]();
	while (true) {
		const { done, value } = await orTransient(() => iterator.next(), signal);
		if (done) return;
		yield value as Uint8Array;
	}
}

/** What the network failed with is transient, but for certificates and what the user ended. */
async function orTransient<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
	try {
		return await action();
	} catch (error) {
		if (signal.aborted) throw new MaskwrightError("interrupted", "Cancelled.");
		if (isError(error)) throw error;
		const code = error instanceof Error && "code" in error ? String(error.code) : "";
		if (/CERT|SIGNATURE|ISSUER|ERR_TLS/.test(code))
			throw new MaskwrightError(
				"hubRefused",
				`The certificate of the server is not trusted (${code}). Check the endpoint and proxy, or name your own authority with NODE_EXTRA_CA_CERTS.`,
				{ cause: error },
			);
		throw new TransientFailure(code === "" ? String(error) : code, undefined, { cause: error });
	}
}

function single(headers: Record<string, string | string[] | undefined>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0]! : (value ?? "")]),
	);
}
