/** Training and its panel as a user meets them. */
import type { FrameLocator, Page } from "playwright-core";
import { palette, pick, pickInput, webview } from "./actions.ts";
import { placeTrainedHome } from "./sharedModel.ts";
import { copySmallProject, writeTinyRecipe } from "./smallProject.ts";
import type { EditorOptions } from "./workbench.ts";

/** An editor on the small project, whose default recipe is tiny and runs on one core. */
export const smallProject: EditorOptions = {
	prepare: ({ workspace, home }) => {
		copySmallProject(workspace);
		writeTinyRecipe(home, 100);
	},
	settings: ({ home }) => ({ "maskwright.training.recipe": `${home}/tiny.json`, "maskwright.training.device": "cpu" }),
};

/** The same with a trained model in use. */
export const trainedProject: EditorOptions = {
	...smallProject,
	prepare: async (folders) => {
		await placeTrainedHome(folders.home);
		await smallProject.prepare?.(folders);
	},
};

/** A project with more prepared once its own is. */
export function withMore(project: EditorOptions, more: NonNullable<EditorOptions["prepare"]>): EditorOptions {
	return {
		...project,
		prepare: async (folders) => {
			await project.prepare?.(folders);
			await more(folders);
		},
	};
}

/** Trains the workspace's folder from the palette for `steps` steps; the loss curves open by themselves. */
export async function trainFromPalette(page: Page, steps: number): Promise<FrameLocator> {
	await palette(page, "Maskwright: Train on This Workspace", { opensPick: true });
	await pick(page, "tiny.json");
	await pick(page, "Other...");
	await page.locator(".quick-input-widget:visible", { hasText: "Minutes, hours, steps or tokens" }).waitFor();
	await pickInput(page).fill(`${steps} steps`);
	await page.keyboard.press("Enter");
	await pick(page, "Processor");
	await page.locator(".tab.active", { hasText: "Loss" }).waitFor();
	return webview(page);
}

/** Waits until the panel's first run has a state. */
export async function runReaches(panel: FrameLocator, state: string): Promise<void> {
	await panel.locator(`.run-line .state[data-state="${state}"]`).first().waitFor({ timeout: 120_000 });
}

/** Waits until the panel's first run has taken more steps than `step`, and returns how many. */
export async function stepsBeyond(panel: FrameLocator, step: number): Promise<number> {
	for (let attempt = 0; attempt < 1200; attempt++) {
		const facts = (await panel.locator(".run-line .facts").first().textContent()) ?? "";
		const found = Number(/step ([\d,.\s]+)/.exec(facts)?.[1]?.replaceAll(/\D/g, "") ?? 0);
		if (found > step) return found;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`The panel stays at step ${step}.`);
}

/** The numbers 1 to `count`. */
export function fromOneTo(count: number): number[] {
	return Array.from({ length: count }, (_, index) => index + 1);
}

/** The steps of the table below the charts, every page of it. */
export async function tableSteps(panel: FrameLocator): Promise<number[]> {
	const toggle = panel.getByRole("button", { name: "Table" });
	if ((await toggle.getAttribute("aria-pressed")) !== "true") await toggle.click();
	const table = panel.locator(".step-table");
	const first = table.getByRole("button", { name: "First" });
	if (await first.isEnabled()) await first.click();
	const steps: number[] = [];
	for (;;) {
		const cells = await table.locator("tbody th").allTextContents();
		steps.push(...cells.map((text) => Number(text.replaceAll(/\D/g, ""))));
		const next = table.getByRole("button", { name: "Next" });
		if (await next.isDisabled()) return steps;
		await next.click();
	}
}
