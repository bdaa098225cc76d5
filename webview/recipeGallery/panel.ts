import type { RecipeDescriptions } from "../../sidecar/protocol/outputs.ts";
import {
	type RecipeGalleryToExtension,
	type RecipeGalleryToPanel,
	type recipeGalleryRequests,
	recipeGalleryToPanelSchema,
} from "../../sidecar/protocol/panels/recipeGallery.ts";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import { openPort, type PanelPort } from "../host/port.ts";
import { element } from "../ui/elements.ts";
import { notice } from "../ui/notice.ts";
import { recipeList } from "./recipeList.ts";
import { recipePage } from "./recipePage.ts";
import { type View, viewFrom } from "./view.ts";

/** The recipe gallery: a list of all recipes, and the page of the one that is chosen. */
export class RecipeGallery {
	#port: PanelPort<(typeof recipeGalleryRequests)[number], RecipeGalleryToExtension>;
	#view: View;
	#recipes: RecipeDescriptions = [];
	#runs: readonly RunStatus[] = [];
	#loading = false;

	#notice = notice(() => void this.#load());
	#list = recipeList((name) => this.#choose(name));
	#page = recipePage({
		train: (recipe) => this.#port.send({ kind: "train", recipe }),
		compare: (runs) => this.#port.send({ kind: "compare", runs }),
	});

	constructor() {
		this.#port = openPort(recipeGalleryToPanelSchema, (message) => this.#hear(message));
		this.#view = viewFrom(this.#port.kept());
		const gallery = element("div", { class: "gallery" }, this.#list.element, this.#page.element);
		document.body.append(this.#notice.element, gallery);
		this.#port.send({ kind: "ready" });
	}

	#hear(message: RecipeGalleryToPanel): void {
		switch (message.kind) {
			case "show":
				if (message.recipe !== null) this.#keep(message.recipe);
				void this.#load();
				return;
			case "sidecar":
				if (message.state === "ready" && this.#recipes.length === 0) void this.#load();
				return;
			case "notification":
				void this.#loadRuns();
		}
	}

	async #load(): Promise<void> {
		if (this.#loading) return;
		this.#loading = true;
		try {
			this.#recipes = await this.#port.request("listRecipes", {});
			this.#notice.hide();
			this.#show();
			await this.#loadRuns();
		} catch (error) {
			this.#notice.say(error instanceof Error ? error.message : String(error), "again");
		} finally {
			this.#loading = false;
		}
	}

	async #loadRuns(): Promise<void> {
		this.#runs = await this.#port.request("listRuns", {});
		this.#show();
	}

	#choose(name: string): void {
		this.#keep(name);
		this.#show();
		this.#page.element.scrollTop = 0;
	}

	#keep(recipe: string): void {
		this.#view = { recipe };
		this.#port.keep(this.#view);
	}

	#show(): void {
		const shown = this.#recipes.find(({ name }) => name === this.#view.recipe) ?? this.#recipes[0];
		if (shown === undefined) return;
		this.#list.show(this.#recipes, shown.name);
		this.#page.show(
			shown,
			this.#runs.filter(({ recipe }) => recipe === shown.name),
		);
	}
}
