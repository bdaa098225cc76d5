/** A built panel in a browser, with this process in the place of the extension and the sidecar. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { chromium, type Page } from "playwright-core";
import { panelPage } from "../../../extension/panels/page.ts";

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

export interface WebviewPage {
	readonly page: Page;
	/** Messages of the browser about the policy, and errors. */
	readonly complaints: string[];
	tell(message: unknown): Promise<void>;
	setTheme(name: string): Promise<void>;
	/** As when a window is reloaded: the page begins anew with what it kept. */
	reload(): Promise<void>;
}

export interface WebviewOptions {
	/** Folder of dist/webview. */
	readonly panel: string;
	readonly size: { readonly width: number; readonly height: number };
	/** What the panel says; `kept` tells whether it comes back. */
	readonly hear: (message: unknown, tell: WebviewPage["tell"], kept: boolean) => Promise<void>;
}

/** Opens the built panel in a page of its own. */
export async function openWebview(context: TestContext, options: WebviewOptions): Promise<WebviewPage> {
	const { panel, size, hear } = options;
	const browser = await chromium.launch({
		executablePath: browserPath ?? "",
		args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"],
	});
	context.after(() => browser.close());
	const page = await browser.newPage({ viewport: size });
	page.setDefaultTimeout(100_000); // The machine may be building or training meanwhile.
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
	await page.exposeFunction("toExtension", (message: unknown) => hear(message, tell, kept !== undefined));
	await page.route(`${origin}/**`, (route) => {
		const name = new URL(route.request().url()).pathname.slice(1);
		if (name === "") return route.fulfill({ contentType: "text/html", body: pageText() });
		return route.fulfill({ path: join(house, "dist/webview", panel, name) });
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
	return { page, complaints, tell, setTheme: (name) => setTheme(page, name), reload: load };
}

function pageText(): string {
	const places = { script: `${origin}/main.js`, style: `${origin}/style.css`, source: origin };
	return panelPage({ title: "Panel", language: "en", texts: {}, ...places });
}

async function setTheme(page: Page, name: string): Promise<void> {
	const theme = themes[name];
	if (theme === undefined) throw new Error(`There is no theme ${name}.`);
	const text = JSON.stringify(theme);
	await page.evaluate(`(({ kind, variables }) => {
		document.documentElement.removeAttribute("style");
		for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(name, value);
		document.documentElement.style.background = variables["--vscode-sideBar-background"] ?? "";
		document.body.className = kind;
		document.body.dataset.vscodeThemeKind = kind;
	})(${text})`);
}
