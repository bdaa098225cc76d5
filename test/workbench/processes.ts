/** Who runs for one test: found by the home folder in their environment, on Linux. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export type Role = "sidecar" | "inference" | "training" | "other";

export interface SidecarProcess {
	readonly pid: number;
	readonly parent: number;
	readonly command: string;
	readonly role: Role;
}

/** The processes of the sidecar that has `home` as its folder: itself and its children. */
export function processesOf(home: string): SidecarProcess[] {
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.flatMap((pid) => describe(Number(pid), home));
}

/** The pids of one role. */
export function pidsOf(home: string, role: Role): number[] {
	return processesOf(home).flatMap((found) => (found.role === role ? [found.pid] : []));
}

/** Ends what still runs for `home`, and waits until it is gone. */
export async function endSidecar(home: string): Promise<void> {
	for (let attempt = 0; ; attempt++) {
		const left = processesOf(home);
		if (left.length === 0) return;
		for (const { pid } of left) signal(pid, attempt < 40 ? "SIGTERM" : "SIGKILL");
		await wait(100);
	}
}

/** Kills a process as the kernel does when memory runs out. */
export function kill(pid: number): void {
	signal(pid, "SIGKILL");
}

/** Holds a process still while `act` runs: what is asked of it stays under way. */
export async function heldStill(pid: number, act: () => Promise<void>): Promise<void> {
	signal(pid, "SIGSTOP");
	try {
		await act();
	} finally {
		signal(pid, "SIGCONT");
	}
}

/** The local addresses of TCP sockets that `pids` listen on, as /proc/net writes them. */
export function listenersOf(pids: readonly number[]): string[] {
	const inodes = new Set(pids.flatMap(socketsOf));
	return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
		readFileSync(file, "utf8")
			.split("\n")
			.slice(1)
			.map((line) => line.trim().split(/\s+/))
			.filter((fields) => fields[3] === "0A" && inodes.has(fields[9] ?? ""))
			.map((fields) => fields[1] ?? ""),
	);
}

function describe(pid: number, home: string): SidecarProcess[] {
	try {
		const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
		if (!command.includes(join("dist", "sidecar"))) return [];
		const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
		if (!environment.includes(`MASKWRIGHT_HOME=${home}`)) return [];
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		return state === "Z" ? [] : [{ pid, parent: Number(parent), command, role: roleOf(command) }];
	} catch {
		return []; // It ended while we looked.
	}
}

function roleOf(command: string): Role {
	if (/main\.js serve/.test(command)) return "sidecar";
	if (/compute\/inference\w*\.js/.test(command)) return "inference";
	return /compute\/training\.js/.test(command) ? "training" : "other";
}

function socketsOf(pid: number): string[] {
	const folder = `/proc/${pid}/fd`;
	try {
		return readdirSync(folder).flatMap((name) => /^socket:\[(\d+)\]$/.exec(linkOf(join(folder, name)))?.[1] ?? []);
	} catch {
		return [];
	}
}

function linkOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return "";
	}
}

function signal(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch {
		// It has ended.
	}
}
