/** The built loss curves panel in a browser, with this process in the place of the extension and the sidecar. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { chromium, type Page } from "playwright-core";
import { relayRequest } from "../../../extension/panels/bridge.ts";
import { panelPage } from "../../../extension/panels/page.ts";
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { lossCurvesRequests, lossCurvesToExtensionSchema } from "../../../sidecar/protocol/panels/lossCurves.ts";
import type { RunStatus } from "../../../sidecar/protocol/runs.ts";

const house = join(import.meta.dirname, "..", "..", "..");
const origin = "http://panel.invalid";
const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
	existsSync(path),
);

/** Why tests in a browser are left out, or false; for `skip`. */
export const leftOut =
	browserPath === undefined
		? "There is no Chromium on this machine (apt install chromium), so the panel is not drawn."
		: false;

/** Colours of VS Code's four themes as a webview sees them, taken from a window of VS Code 1.100. */
export const themes = JSON.parse(
	readFileSync(join(import.meta.dirname, "..", "fixtures", "themes.json"), "utf8"),
) as Readonly<Record<string, { readonly kind: string; readonly variables: Readonly<Record<string, string>> }>>;

/** A run that this process plays the sidecar of. */
export interface PlayedRun {
	status: RunStatus;
	events: TrainingEvent[];
	recipe: Record<string, unknown>;
}

export interface PlayedPanel {
	readonly page: Page;
	/** What the panel asked for, in order, and what else it said. */
	readonly heard: {
		kind: string;
		name?: string;
		params?: unknown;
		content?: string;
		encoding?: string;
		runs?: string[];
	}[];
	/** Messages of the browser about the policy, and errors. */
	readonly complaints: string[];
	tell(message: unknown): Promise<void>;
	/** Adds events to a run's metrics and tells of each. */
	step(run: PlayedRun, ...events: TrainingEvent[]): Promise<void>;
	setTheme(name: string): Promise<void>;
	/** As when a window is reloaded: the page begins anew with what it kept. */
	reload(): Promise<void>;
}

/** Opens the panel on these runs. `show` names the run that it is asked for. */
export async function openPanel(
	context: TestContext,
	{ runs, show = null, width = 1100 }: { runs: readonly PlayedRun[]; show?: string | null; width?: number },
): Promise<PlayedPanel> {
	const browser = await chromium.launch({
		executablePath: browserPath ?? "",
		args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"],
	});
	context.after(() => browser.close());
	const page = await browser.newPage({ viewport: { width, height: 900 } });
	page.setDefaultTimeout(100_000); // The machine may be building or training meanwhile.
	const heard: PlayedPanel["heard"] = [];
	const complaints: string[] = [];
	page.on("console", (message) => {
		if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
	});
	page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
	const tell = (message: unknown) => page.evaluate((said) => globalThis.postMessage(said, "*"), message);
	let kept: unknown;
	await page.exposeFunction("keepState", (state: unknown) => {
		kept = state;
	});
	await page.exposeFunction("toExtension", async (message: unknown) => {
		const said = lossCurvesToExtensionSchema.parse(message);
		heard.push(said as PlayedPanel["heard"][number]);
		if (said.kind === "ready") {
			await tell({ kind: "sidecar", state: "ready" });
			await tell({ kind: "show", path: kept === undefined ? show : null });
		}
		if (said.kind === "request") await tell(await relayRequest(said, { allowed, ask: playedSidecar(runs) }));
		if (said.kind === "save") await tell({ kind: "result", id: said.id, result: { path: said.name } });
	});
	await page.route(`${origin}/**`, (route) => {
		const name = new URL(route.request().url()).pathname.slice(1);
		if (name === "") return route.fulfill({ contentType: "text/html", body: pageText() });
		return route.fulfill({ path: join(house, "dist/webview/lossCurves", name) });
	});
	const load = async () => {
		await page.addInitScript(`globalThis.acquireVsCodeApi = () => ({
			postMessage: (message) => void toExtension(message),
			getState: () => (${JSON.stringify(kept)}),
			setState: (state) => void keepState(state),
		})`);
		await page.goto(`${origin}/`);
		await setTheme(page, "Dark Modern");
	};
	await load();
	return {
		page,
		heard,
		complaints,
		tell,
		step: async (run, ...events) => {
			for (const event of events) {
				const line = run.events.push(event) - 1;
				const { run: name, path } = run.status;
				await tell({ kind: "notification", name: "runEvent", params: { run: name, path, line, event } });
			}
		},
		setTheme: (name) => setTheme(page, name),
		reload: load,
	};
}

/** A status as the sidecar tells it of a run that trains. */
export function statusOf(path: string, changes: Partial<RunStatus> = {}): RunStatus {
	return {
		run: path.split("/").at(-1) ?? path,
		path,
		recipe: "code-mlm-small",
		corpus: "/code",
		state: "running",
		stage: null,
		step: 0,
		loss: null,
		secondsLeft: 125,
		tokensPerSecond: 10_240,
		progress: 0.4,
		memoryBytes: 450_000_000,
		executionProvider: "cpu",
		message: null,
		heldOut: null,
		model: null,
		own: true,
		...changes,
	};
}

const allowed = Object.fromEntries(lossCurvesRequests.map((name) => [name, requests[name]]));

/** Events in one answer; a long run takes several. */
const pageLength = 20_000;

function playedSidecar(runs: readonly PlayedRun[]) {
	return async (name: string, params: unknown): Promise<unknown> => {
		if (name === "listRuns") return runs.map(({ status }) => status);
		if (name !== "readRun") return {};
		const { run, from } = params as { run: string; from: number };
		const found = runs.find(({ status }) => status.path === run);
		if (found === undefined) throw new Error(`There is no run ${run}.`);
		const events = found.events.slice(from, from + pageLength);
		const next = from + events.length;
		return { events, next, more: next < found.events.length, recipe: from === 0 ? found.recipe : null };
	};
}

function pageText(): string {
	const places = { script: `${origin}/main.js`, style: `${origin}/style.css`, source: origin };
	return panelPage({ title: "Loss Curves", language: "en", texts: {}, ...places });
}

async function setTheme(page: Page, name: string): Promise<void> {
	const theme = themes[name];
	if (theme === undefined) throw new Error(`There is no theme ${name}.`);
	const text = JSON.stringify(theme);
	await page.evaluate(`(({ kind, variables }) => {
		document.documentElement.removeAttribute("style");
		for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(name, value);
		document.body.className = kind;
		document.body.dataset.vscodeThemeKind = kind;
	})(${text})`);
}
