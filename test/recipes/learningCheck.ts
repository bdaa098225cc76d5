import type { RecipeCard } from "../../sidecar/protocol/recipeCards.ts";

/** What one arm of a comparison reached. */
export type Arm = RecipeCard["seeds"][number]["recipe"];

/** One seed of a learning check. */
export interface Measurement {
	readonly recipe: Arm;
	readonly baseline: Arm;
	/** Further numbers by name, such as an ablation: their means stand on the card. */
	readonly also?: Readonly<Record<string, number>>;
}

/**
 * Whether the mechanism of a recipe shows: its metric beside that of a baseline which shares everything but the
 * mechanism (seed, batches, processed tokens).
 */
export interface LearningCheck
	extends Pick<RecipeCard, "recipe" | "metric" | "better" | "baseline" | "margin" | "claim"> {
	/** What is said of the paper's claim, by the verdict. */
	readonly reproduced: Readonly<Record<RecipeCard["verdict"], string>>;
	/**
	 * Trains and scores both arms from one seed. "smoke" takes some seconds and shows that everything runs and that the
	 * numbers are sane; "full" is what the card is made of. Its data is made of the seed or of this package's own files.
	 */
	measure(options: { readonly seed: number; readonly scale: "smoke" | "full" }): Promise<Measurement>;
}
