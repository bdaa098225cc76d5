import { setTimeout as wait } from "node:timers/promises";
import { MaskwrightError } from "../base/errors.ts";
import { protocolVersion, type SidecarAddress } from "../protocol/connection.ts";
import { homeFolder } from "../store/layout.ts";
import { livingSidecar, type SidecarLock } from "../store/sidecarFiles.ts";
import { askSidecar } from "./askSidecar.ts";
import { nameOfListener, type Sidecar, type SidecarOptions, startSidecar } from "./sidecar.ts";

/** How long a sidecar may take to answer while it starts or ends, and to pause its runs, in milliseconds. */
const patience = { answer: 20_000, end: 60_000, betweenTries: 50 };

/**
 * The address of the one sidecar of this user, with the sidecar itself when this process has become it. One that
 * speaks another protocol, or does not listen where `listen` says, is asked to end and this process takes over.
 * @throws `sidecarUnreachable` when one lives and does not answer or does not end.
 */
export async function oneSidecar(options: SidecarOptions): Promise<{ address: SidecarAddress; sidecar?: Sidecar }> {
	const home = options.home ?? homeFolder();
	for (;;) {
		const living = livingSidecar(home);
		if (living === undefined) {
			const sidecar = await startSidecar({ ...options, home });
			if (sidecar !== undefined) return { address: sidecar.address, sidecar };
			await wait(patience.betweenTries);
		} else if (await answers(home, living)) {
			if (serves(living, options)) return { address: addressOf(living) };
			await replace(home, living);
		}
	}
}

function serves(living: SidecarLock, { listen }: SidecarOptions): boolean {
	if (living.protocolVersion !== protocolVersion) return false;
	return listen === undefined || nameOfListener(listen) === living.listen;
}

function addressOf({ pid, socket, token, version, listen }: SidecarLock): SidecarAddress {
	return {
		event: "serving",
		pid,
		socket,
		token,
		protocolVersion,
		version,
		...(listen === null ? {} : { listen }),
	};
}

/** True once it answers, false once it lives no more. */
async function answers(home: string, living: SidecarLock): Promise<boolean> {
	const deadline = Date.now() + patience.answer;
	while (Date.now() < deadline) {
		if (!stillLives(home, living)) return false;
		try {
			await askSidecar(living, "ping", { milliseconds: deadline - Date.now() });
			return true;
		} catch {
			await wait(patience.betweenTries);
		}
	}
	if (!stillLives(home, living)) return false;
	throw unreachable(living, "does not answer");
}

async function replace(home: string, living: SidecarLock): Promise<void> {
	await askSidecar(living, "stopSidecar", { params: { keep: true }, milliseconds: patience.answer }).catch(() => {});
	const deadline = Date.now() + patience.end;
	while (stillLives(home, living)) {
		if (Date.now() > deadline) throw unreachable(living, "does not end");
		await wait(patience.betweenTries);
	}
}

function stillLives(home: string, living: SidecarLock): boolean {
	return livingSidecar(home)?.token === living.token;
}

function unreachable({ pid, version }: SidecarLock, what: string): MaskwrightError {
	return new MaskwrightError(
		"sidecarUnreachable",
		`The sidecar that runs already (process ${pid}, version ${version}) ${what}. End that process, then try again.`,
		{ data: { pid } },
	);
}
