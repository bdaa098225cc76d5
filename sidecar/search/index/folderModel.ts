import { isError } from "../../base/errors.ts";
import type { IndexModel } from "./chunkIndex.ts";
import type { IndexWriter } from "./indexWriter.ts";
import type { EmbedCode } from "./vectorQueue.ts";

/** A model that embeds code, in memory. */
export interface OpenModel {
	readonly model: Omit<IndexModel, "generation">;
	readonly embed: EmbedCode;
}

/** Opens the model that is to make the vectors, given the one that the index has; undefined when there is none. */
export type OpensModel = (before: IndexModel | null) => Promise<OpenModel | undefined>;

interface Found {
	readonly open: OpenModel | undefined;
	readonly message: string | null;
}

const onlyWords = "Only words are searched";

/** The model of one folder's index: opened when there is something to embed, and kept until it is forgotten. */
export class FolderModel {
	readonly #opens: OpensModel;
	#model: Promise<OpenModel | undefined> | undefined;

	constructor(opens: OpensModel) {
		this.#opens = opens;
	}

	/** Has the next call choose anew: another may have been trained by then. */
	forget(): void {
		this.#model = undefined;
	}

	/**
	 * The model, made that of the index; undefined where there is none. `message` is what the index tells so far, and what
	 * comes back what it is to tell: why words alone are searched, or that no longer.
	 */
	async open(writer: IndexWriter, message: string | null): Promise<Found> {
		const found = await this.#found(writer, message);
		const { open } = found;
		if (open !== undefined && !writer.hasModel(open.model)) writer.transaction(() => writer.useModel(open.model));
		return found;
	}

	async #found(writer: IndexWriter, message: string | null): Promise<Found> {
		try {
			this.#model ??= this.#opens(writer.index.header.model);
			const open = await this.#model;
			return { open, message: message?.startsWith(onlyWords) ? null : message };
		} catch (error) {
			if (!isError(error)) throw error;
			this.#model = Promise.resolve(undefined);
			return { open: undefined, message: `${onlyWords}: ${error.message}` };
		}
	}
}
