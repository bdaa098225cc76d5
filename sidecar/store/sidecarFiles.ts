import { createHash, randomBytes } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { MaskwrightError } from "../base/errors.ts";
import { atStorage } from "./atomic.ts";
import { homeFolder, sidecarLayout } from "./layout.ts";
import { lockHolder, type ProcessLock, takeLock } from "./processLock.ts";

const sidecarLockSchema = z.object({
	pid: z.number().int().positive(),
	started: z.string(),
	socket: z.string(),
	token: z.string(),
	protocolVersion: z.number().int(),
	version: z.string(),
	/** Where it listens for other machines, as `--listen` named it. */
	listen: z.string().nullable(),
});

/** What the lock file of the living sidecar says. */
export type SidecarLock = z.infer<typeof sidecarLockSchema>;

/** The longest path of a Unix domain socket that every platform takes, in bytes. */
const longestSocketPath = 100;

/**
 * The lock of the living sidecar of this user; undefined when none lives.
 * @throws `sidecarUnreachable` when one lives whose lock says something else than ours.
 */
export function livingSidecar(home: string = homeFolder()): SidecarLock | undefined {
	const holder = lockHolder(sidecarLayout(home).lock);
	if (holder === undefined) return undefined;
	const { data } = sidecarLockSchema.safeParse(holder);
	if (data !== undefined) return data;
	throw new MaskwrightError(
		"sidecarUnreachable",
		`The sidecar that runs already (process ${holder.pid}) is of a version that this one does not know. End that process, then try again.`,
		{ data: { pid: holder.pid } },
	);
}

/**
 * Makes this process the sidecar of the user and its socket's path free; undefined when another process is it.
 * @throws `storage` when the folder cannot be made or others could write to it.
 */
export function becomeSidecar(
	home: string,
	fields: Omit<SidecarLock, "pid" | "started" | "socket">,
): (ProcessLock & { socket: string }) | undefined {
	const { folder, lock } = sidecarLayout(home);
	makePrivateFolder(folder);
	const socket = socketPath(home);
	const taken = takeLock(lock, { ...fields, socket });
	if (taken === undefined) return undefined;
	removeSocket(socket);
	return {
		socket,
		release: () => {
			removeSocket(socket);
			taken.release();
		},
	};
}

/** Leaves the socket to its owner alone, beside the folder that does so already. */
export function protectSocket(socket: string): void {
	if (!isPipe(socket)) atStorage(socket, () => chmodSync(socket, 0o600));
}

/**
 * The token in a file of the user's, made of 256 random bits when the file is missing.
 * @throws `storage` when others can read the file, `usage` when it holds no token.
 */
export function readTokenFile(path: string): string {
	return atStorage(path, () => {
		mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
		try {
			writeFileSync(path, `${newToken()}\n`, { flag: "wx", mode: 0o600 });
		} catch (error) {
			if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
		}
		const { mode } = lstatSync(path);
		if (process.platform !== "win32" && (mode & 0o077) !== 0) {
			throw new MaskwrightError(
				"storage",
				`Others than you can read the token in ${path}. Make a new one: remove the file, or write a token that nobody has seen and run: chmod 600 ${path}`,
			);
		}
		const token = readFileSync(path, "utf8").trim();
		if (/^[\w.~+/=-]{32,512}$/.test(token)) return token;
		throw new MaskwrightError(
			"usage",
			`${path} holds no token: one line of 32 or more letters, digits and -._~+/= is needed. Remove the file and a new one is made.`,
		);
	});
}

/** 256 random bits, as text that a header can carry. */
export function newToken(): string {
	return randomBytes(32).toString("base64url");
}

function socketPath(home: string): string {
	const name = createHash("sha256").update(home).digest("hex").slice(0, 16);
	if (process.platform === "win32") return `\\\\.\\pipe\\maskwright-${name}-${newToken()}`;
	const { socket } = sidecarLayout(home);
	if (Buffer.byteLength(socket) <= longestSocketPath) return socket;
	const folder = join(tmpdir(), `maskwright-${userInfo().uid}-${name}`);
	makePrivateFolder(folder);
	return join(folder, "socket");
}

/** A folder of mode 0700 that is ours; the name in the shared folder of temporary files may be taken by another user. */
function makePrivateFolder(folder: string): void {
	if (process.platform === "win32") {
		atStorage(folder, () => mkdirSync(folder, { recursive: true }));
		return;
	}
	atStorage(folder, () => {
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		const found = lstatSync(folder);
		if (!found.isDirectory() || found.uid !== userInfo().uid) {
			throw new MaskwrightError("storage", `${folder} is not a folder of yours. Remove it, or ask its owner to.`);
		}
		if ((found.mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
	});
}

function removeSocket(socket: string): void {
	if (!isPipe(socket)) rmSync(socket, { force: true });
}

function isPipe(socket: string): boolean {
	return socket.startsWith("\\\\.\\pipe\\");
}
