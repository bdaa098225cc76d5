import { fork } from "node:child_process";
import { MaskwrightError } from "../base/errors.ts";
import { engine } from "./engine.ts";
import type { ProbeResult } from "./probeDevice.ts";
import { type ExecutionProvider, executionProviders } from "./session.ts";

export type Device = "auto" | ExecutionProvider;

/** What was found out about one device; the reason is a sentence for the user. */
export interface Candidate {
	readonly device: ExecutionProvider;
	/** Whether a probe training step ran on it and agreed with the CPU. */
	readonly available: boolean;
	readonly reason: string;
	readonly adapter?: string;
}

export interface DeviceChoice {
	readonly executionProvider: ExecutionProvider;
	readonly adapter?: string;
	/** Every device that exists, in the order in which `auto` tries them. */
	readonly candidates: readonly Candidate[];
}

export interface DeviceOptions {
	/** Lets `auto` take a software adapter, as tests do. */
	readonly allowSoftware?: boolean;
	/** Probe the devices after the chosen one too, as `doctor` does. */
	readonly probeAll?: boolean;
	/** Milliseconds that one probe may take; by default 60,000, since a driver's first shaders can take long. */
	readonly timeLimit?: number;
	/** The program that probes one device; by default compute/probe. */
	readonly program?: URL;
}

/**
 * Chooses where to compute: the device asked for or, for `auto`, the first of cuda, webgpu,
 * dml, coreml and cpu on which a probe training step agrees with the CPU. Each probe runs in
 * a process of its own, so that a driver that crashes is a reason and not the end.
 * Throws `deviceUnavailable` when the device asked for cannot be used, `unsupportedPlatform` where there is no
 * onnxruntime.
 */
export async function chooseDevice(device: Device, options: DeviceOptions = {}): Promise<DeviceChoice> {
	engine();
	const candidates: Candidate[] = [];
	let chosen: Candidate | undefined;
	for (const executionProvider of executionProviders) {
		const wanted = device === "auto" ? chosen === undefined : executionProvider === device;
		if (!wanted && options.probeAll !== true) {
			candidates.push({ device: executionProvider, available: false, reason: notTried(device, chosen) });
			continue;
		}
		const candidate = await judge(executionProvider, {
			...options,
			software: device === executionProvider || options.allowSoftware === true,
		});
		if (wanted && candidate.available) chosen = candidate;
		const passedOver = candidate.available && candidate !== chosen;
		candidates.push(passedOver ? { ...candidate, reason: `It works, but ${preferred(device, chosen)}.` } : candidate);
	}
	if (chosen === undefined) {
		const reason = candidates.find((candidate) => candidate.device === device)?.reason;
		throw new MaskwrightError("deviceUnavailable", `${device} cannot be used. ${reason} Choose --device auto or cpu.`, {
			data: { candidates },
		});
	}
	return {
		executionProvider: chosen.device,
		...(chosen.adapter === undefined ? {} : { adapter: chosen.adapter }),
		candidates,
	};
}

function notTried(device: Device, chosen: Candidate | undefined): string {
	return `Not tried, since ${preferred(device, chosen)}.`;
}

function preferred(device: Device, chosen: Candidate | undefined): string {
	return device === "auto" ? `${chosen?.device} comes first` : `${device} was asked for`;
}

interface JudgeOptions extends DeviceOptions {
	/** Whether a software adapter counts. */
	readonly software: boolean;
}

async function judge(device: ExecutionProvider, options: JudgeOptions): Promise<Candidate> {
	if (device === "cpu") return { device, available: true, reason: "The CPU can always be used." };
	if (
		!engine()
			.listSupportedBackends()
			.some((backend) => backend.name === device)
	) {
		return { device, available: false, reason: notBuilt[device] };
	}
	const result = await probe(device, options);
	if (!result.ok) return { device, available: false, reason: result.reason };
	const name = result.adapter ?? "its adapter";
	const adapter = result.adapter === undefined ? {} : { adapter: result.software ? `${name} (software)` : name };
	if (result.software && !options.software) {
		const reason = `${name[0]?.toUpperCase()}${name.slice(1)} is software and slower than the CPU itself. To use it all the same, ask for --device ${device}.`;
		return { device, available: false, reason, ...adapter };
	}
	return { device, available: true, reason: `A probe training step on ${name} agrees with the CPU.`, ...adapter };
}

/** Why onnxruntime-node 1.30.0 lacks a back end, where it does. */
const notBuilt: Record<Exclude<ExecutionProvider, "cpu">, string> = {
	cuda: `onnxruntime has CUDA only on Linux x64, and this is ${process.platform}-${process.arch}.`,
	webgpu: `onnxruntime has WebGPU only on Windows, macOS arm64 and Linux x64, and this is ${process.platform}-${process.arch}.`,
	dml: "DirectML exists only on Windows.",
	coreml: "Core ML exists only on macOS.",
};

/** Runs the probe program for one device and waits for its message, its end or the time limit. */
function probe(device: ExecutionProvider, options: DeviceOptions): Promise<ProbeResult> {
	const limit = options.timeLimit ?? 60_000;
	return new Promise((resolve) => {
		const program = options.program ?? probeProgram;
		const child = fork(program, [device, String(process.pid)], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
		let message: ProbeResult | undefined;
		let late = false;
		const timer = setTimeout(() => {
			late = true;
			child.kill("SIGKILL");
		}, limit);
		child.on("message", (result) => {
			message = result as ProbeResult;
			child.kill("SIGKILL"); // A driver that hangs at exit has nothing more to say.
		});
		child.on("error", (error) => {
			clearTimeout(timer);
			resolve({ ok: false, reason: `The probe could not be started: ${error.message}.` });
		});
		child.on("exit", (code, signal) => {
			clearTimeout(timer);
			resolve(message ?? { ok: false, reason: deathReason(device, late ? limit : undefined, signal ?? code) });
		});
	});
}

function deathReason(device: ExecutionProvider, limit: number | undefined, end: string | number | null): string {
	if (limit !== undefined) return `The probe of ${device} did not finish within ${limit / 1000} s.`;
	// Windows tells a crash by a large exit code, such as 0xC0000005.
	if (typeof end === "number" && end < 256) return `The probe of ${device} ended early with exit code ${end}.`;
	return `The driver of ${device} crashed the probe process (${end}). Update the graphics driver.`;
}

/** Beside this file's room, in the same language that this file runs in. */
const probeProgram = new URL(`../compute/probe${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
