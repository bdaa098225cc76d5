import { relative, resolve, sep } from "node:path";
import { MaskwrightError } from "../../base/errors.ts";
import { PathJudge } from "../../data/readers/judgePath.ts";
import type { ListedFile } from "../../data/readers/listing.ts";
import type { Ruling } from "../../data/readers/ruling.ts";
import type { FileExplanation } from "../../protocol/search.ts";
import { hasIndex } from "../../store/indexFiles.ts";
import { openIndex } from "./chunkIndex.ts";
import { readContent } from "./readFile.ts";

/**
 * Tells whether a file is in the index of a folder, given by its real path, and which rule decides. `path` is
 * absolute or from the folder. Throws `notFound` for a path that does not exist and `usage` for one outside.
 */
export async function explainFile(folder: string, path: string, home?: string): Promise<FileExplanation> {
	const inside = relative(folder, resolve(folder, path)).split(sep).join("/");
	if (inside === "" || inside === ".." || inside.startsWith("../")) {
		throw new MaskwrightError("usage", `${path} is not inside ${folder}. Name a file of the folder.`);
	}
	const verdict = await new PathJudge(folder).judge(inside);
	switch (verdict.kind) {
		case "missing":
			throw new MaskwrightError("notFound", `${path} does not exist in ${folder}. Check the path.`);
		case "folder":
			return explained("It is a folder: its files are indexed one by one.", undefined);
		case "leftOut":
			return explained(`It is left out: ${verdict.ruling.why}.`, verdict.ruling);
		case "listed":
			return explainListed(folder, verdict, home);
	}
}

async function explainListed(
	folder: string,
	{ file, takenBack }: { readonly file: ListedFile; readonly takenBack: Ruling | undefined },
	home: string | undefined,
): Promise<FileExplanation> {
	const row = rowOf(folder, file.path, home);
	if (row?.state === "indexed") {
		const why = takenBack === undefined ? "no rule leaves it out" : takenBack.why;
		const parts = row.chunks === 1 ? "one part" : `${row.chunks} parts`;
		return { ...explained(`It is indexed, in ${parts}: ${why}.`, takenBack), indexed: true };
	}
	const state = row?.state ?? (await readContent(folder, file))?.facts.state ?? "indexed";
	if (state !== "indexed") return explained(`It is left out: ${state}.`, undefined, state);
	const next = hasIndex(folder, home) ? "it will be with the next look at the folder" : "the folder has no index yet";
	return explained(`No rule leaves it out, and it is not indexed: ${next}.`, takenBack);
}

/** What the index has of a file. */
function rowOf(folder: string, path: string, home: string | undefined): { state: string; chunks: number } | undefined {
	if (!hasIndex(folder, home)) return undefined;
	const index = openIndex(folder, { ...(home === undefined ? {} : { home }), readonly: true });
	try {
		const row = index.file(path);
		return row && { state: row.state, chunks: index.chunksOf(row.id).length };
	} finally {
		index.close();
	}
}

function explained(why: string, ruling: Ruling | undefined, own?: string): FileExplanation {
	const rule = ruling?.rule ?? own ?? (ruling === undefined ? null : ruling.why);
	return { indexed: false, why, rule, source: ruling?.source ?? null, line: ruling?.line ?? null };
}
