import { FolderIndexer } from "../../sidecar/search/index/folderIndexer.ts";
import { hashedVectors } from "./hashedVectors.ts";

export interface IndexedFolderOptions {
	readonly home: string;
	/** Units of the vectors, which `hashedVectors` makes; 0 for an index of words alone. */
	readonly dimension: number;
	/** Of the model that is said to have made them. */
	readonly model?: { readonly folder: string; readonly identity: string; readonly size?: string };
	readonly embed?: (texts: readonly string[]) => Promise<Float32Array>;
}

/** Brings the index of a folder (a real path) up to date. */
export async function indexFolder(
	folder: string,
	{ home, dimension, model, embed }: IndexedFolderOptions,
): Promise<void> {
	const indexer = new FolderIndexer({
		folder,
		home,
		openModel: async () =>
			dimension === 0
				? undefined
				: {
						model: { name: "hashed", folder: "hashed", identity: `hashed ${dimension}`, dimension, ...model },
						embed: embed ?? (async (texts) => hashedVectors(texts, dimension)),
					},
	});
	indexer.rescan();
	while (await indexer.work());
}
