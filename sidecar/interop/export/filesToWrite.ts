import type { NewFile } from "../../store/newFolder.ts";

/** What a format makes of a model: everything that can be refused is, before the first file is made. */
export interface FilesToWrite {
	/** What differs from what the model does in Maskwright, a sentence each. */
	readonly notes: readonly string[];
	files(): Iterable<NewFile>;
}
