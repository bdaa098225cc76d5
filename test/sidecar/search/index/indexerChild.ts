/** Indexes a folder over and over while a test kills it at some point. */

import { FolderIndexer } from "../../../../sidecar/search/index/folderIndexer.ts";
import { finish, hashModel } from "../../../support/codeIndex.ts";

const [folder, home] = process.argv.slice(2) as [string, string];
const indexer = new FolderIndexer({ folder, home, openModel: async () => hashModel() });
process.stdout.write("begins\n");
for (let round = 0; ; round++) {
	indexer.rescan();
	await finish(indexer);
	// What is written anew without end: all files as new ones, or all vectors.
	if (round % 2 === 0) indexer.rebuild();
	process.stdout.write(`${round}\n`);
}
