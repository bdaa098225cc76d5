import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** What answers a request in the place of the hub; `content` is the file that was asked for. */
export type Answer = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

export interface FakeHub {
	readonly endpoint: string;
	readonly commit: string;
	/** Every request so far, as `path` or `path from N`. */
	readonly asked: string[];
	/** The tokens that came with them; undefined where none did. */
	readonly tokens: (string | undefined)[];
	/** Files by name; may be changed while it serves. */
	readonly files: Record<string, Buffer>;
	/** Answers of the next requests for the list of files; afterwards all goes well. */
	readonly listingFaults: Answer[];
	/** The same for files, by name. */
	readonly fileFaults: Record<string, Answer[]>;
	/** Changes the list before it is sent. */
	changeListing: (listing: Record<string, unknown> & { siblings: Record<string, unknown>[] }) => unknown;
}

export const hubCommit = "c".repeat(40);

/** A hub on the loopback interface with one model, whose files ending in `.safetensors` are in large-file storage. */
export async function fakeHub(
	context: Pick<TestContext, "after">,
	id: string,
	files: Record<string, string | Uint8Array>,
): Promise<FakeHub> {
	const hub: FakeHub = {
		endpoint: "",
		commit: hubCommit,
		asked: [],
		tokens: [],
		files: Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)])),
		listingFaults: [],
		fileFaults: {},
		changeListing: (listing) => listing,
	};
	const endpoint = await listen(context, (request, response) => {
		const path = decodeURIComponent(request.url!);
		const { range, authorization } = request.headers;
		hub.asked.push(range === undefined ? path : `${path} from ${/\d+/.exec(range)![0]}`);
		hub.tokens.push(authorization);
		if (path.startsWith(`/api/models/${id}/revision/`)) {
			(hub.listingFaults.shift() ?? sendListing(hub))(request, response, Buffer.alloc(0));
			return;
		}
		const [, commit, name] = new RegExp(`^/${id}/resolve/([^/]+)/(.*)$`).exec(path) ?? [];
		const content = hub.files[name ?? ""];
		if (content === undefined || commit !== hubCommit) response.writeHead(404).end();
		else (hub.fileFaults[name!]?.shift() ?? sendFile)(request, response, content);
	});
	return Object.assign(hub, { endpoint });
}

/** A server on the loopback interface that ends with the test; gives its address. */
export async function listen(
	context: Pick<TestContext, "after">,
	answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
	const server = createServer(answer);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	context.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As the hub sends a file, or the rest of it. */
export const sendFile: Answer = (request, response, content) => {
	const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
	if (from > 0 && from >= content.length) {
		response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
		return;
	}
	const range = from === 0 ? {} : { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` };
	response.writeHead(from === 0 ? 200 : 206, { ...range, "content-length": content.length - from });
	response.end(content.subarray(from));
};

/** Sends `count` bytes of what was asked for and breaks the connection. */
export function cutAfter(count: number): Answer {
	return (request, response, content) => {
		const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
		const range = from === 0 ? {} : { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` };
		response.writeHead(from === 0 ? 200 : 206, { ...range, "content-length": content.length - from });
		response.write(content.subarray(from, from + count), () => response.destroy());
	};
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
	return (_request, response) => void response.writeHead(code, headers).end("no");
}

function sendListing(hub: FakeHub): Answer {
	return (_request, response) => {
		const siblings = Object.entries(hub.files).map(([rfilename, content]) => ({
			rfilename,
			size: content.length,
			blobId: createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex"),
			...(rfilename.endsWith(".safetensors")
				? {
						lfs: { sha256: createHash("sha256").update(content).digest("hex"), size: content.length, pointerSize: 134 },
					}
				: {}),
		}));
		const listing = { id: "x", sha: hubCommit, tags: ["fill-mask", "license:mit"], siblings };
		response.end(JSON.stringify(hub.changeListing(listing)));
	};
}
