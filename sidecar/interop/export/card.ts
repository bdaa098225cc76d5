import type { NewFile } from "../../store/newFolder.ts";
import type { ModelToExport } from "./modelToExport.ts";

export interface CardOptions {
	/** The front matter's keys that depend on the format. */
	readonly library: "transformers" | "sentence-transformers" | "transformers.js";
	/** How the folder is used, in Markdown. */
	readonly use: string;
	/** What differs from what the model does in Maskwright, a sentence each. */
	readonly notes: readonly string[];
}

/** `README.md`: front matter that the hub reads, how the folder is used, and what the model's own card says. */
export function cardFile(model: ModelToExport, { library, use, notes }: CardOptions): NewFile {
	const task = model.predicts
		? "fill-mask"
		: library === "sentence-transformers"
			? "sentence-similarity"
			: "feature-extraction";
	const tags = [
		"maskwright",
		"code",
		...(model.predicts ? ["masked-lm"] : []),
		...(model.detector === undefined ? [] : ["replaced-token-detection"]),
		...searchTags(model),
	];
	const card = model.card ?? `# ${model.name}\n\nA ${model.config.architecture} encoder exported by Maskwright.\n`;
	const differences =
		notes.length === 0 ? "" : `\n## What differs from Maskwright\n\n${notes.map((note) => `- ${note}\n`).join("")}`;
	return {
		path: "README.md",
		data: `---
library_name: ${library}
pipeline_tag: ${task}
tags: [${tags.join(", ")}]
---
${card.trimEnd()}

## Use

${use}
${differences}`,
	};
}

function searchTags({ roles }: ModelToExport): string[] {
	return roles.includes("search") ? ["code-search", "sentence-similarity"] : [];
}
