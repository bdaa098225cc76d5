import { Agent, type Dispatcher, ProxyAgent } from "undici";

/** How long to wait for a connection. */
const connectMs = 30_000;

/** Connections to hosts, each directly or through the proxy that the environment names for it. */
export interface Connections {
	to(url: URL): Dispatcher;
	close(): Promise<void>;
}

/** `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not, are honoured as curl does. */
export function connections(env: NodeJS.ProcessEnv): Connections {
	const open = new Map<string, Dispatcher>();
	return {
		to(url) {
			const proxy = proxyFor(url, env) ?? "";
			const found = open.get(proxy);
			if (found !== undefined) return found;
			const connect = { timeout: connectMs };
			const made = proxy === "" ? new Agent({ connect }) : new ProxyAgent({ uri: proxy, connect });
			open.set(proxy, made);
			return made;
		},
		close: async () => {
			await Promise.all([...open.values()].map((dispatcher) => dispatcher.destroy()));
		},
	};
}

function proxyFor(url: URL, env: NodeJS.ProcessEnv): string | undefined {
	const named = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
	if (isExempt(url, named("NO_PROXY") ?? "")) return undefined;
	const proxy = named(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") ?? named("ALL_PROXY");
	if (proxy === undefined) return undefined;
	return /^https?:\/\//.test(proxy) ? proxy : `http://${proxy}`;
}

/** A host of the list stands for itself and all below it, with a port for that port alone; `*` for every host. */
function isExempt(url: URL, list: string): boolean {
	const port = url.port || (url.protocol === "https:" ? "443" : "80");
	return list.split(/[\s,]+/).some((entry) => {
		if (entry === "*") return true;
		const [, name = "", only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
		if (name === "" || (only !== undefined && only !== port)) return false;
		return url.hostname === name || url.hostname.endsWith(`.${name}`);
	});
}
