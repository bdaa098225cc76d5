import type { WorkspaceFolder } from "../../sidecar/protocol/panels/codeSearch.ts";
import type { IndexStatus } from "../../sidecar/protocol/search.ts";
import type { CodeSearchPort } from "./asking.ts";

/** The folders of the workspace, and what is known of their indexes. */
export class SearchedFolders {
	/** Undefined until the extension has told. */
	all: readonly WorkspaceFolder[] | undefined;
	#statuses = new Map<string, IndexStatus>();

	/** Names by path. */
	get names(): Map<string, string> {
		return new Map((this.all ?? []).map(({ path, name }) => [path, name]));
	}

	/** Asks for the states of all indexes; throws what the sidecar says. */
	async read(port: CodeSearchPort): Promise<void> {
		const folders = this.all ?? [];
		const read = await Promise.all(folders.map(({ path }) => port.request("indexStatus", { folder: path })));
		this.#statuses = new Map(folders.map(({ path }, place) => [path, read[place] as IndexStatus]));
	}

	/** Notes a state: of another folder, one with which an index came or went, or one like that before. */
	note(status: IndexStatus): "elsewhere" | "cameOrWent" | "goesOn" {
		if (!this.all?.some(({ path }) => path === status.folder)) return "elsewhere";
		const before = this.#statuses.get(status.folder)?.state;
		this.#statuses.set(status.folder, status);
		const came = (before === undefined || before === "none") !== (status.state === "none");
		return came ? "cameOrWent" : "goesOn";
	}

	/** The paths of the one folder that was chosen, or of all, whether indexed or not. */
	chosen(folder: string | null): string[] {
		const all = (this.all ?? []).map(({ path }) => path);
		return folder !== null && all.includes(folder) ? [folder] : all;
	}

	/** Those of them that have an index. */
	indexed(folder: string | null): string[] {
		return this.chosen(folder).filter((path) => (this.#statuses.get(path)?.state ?? "none") !== "none");
	}

	/** The states of them that are known. */
	statuses(folder: string | null): IndexStatus[] {
		return this.chosen(folder).flatMap((path) => this.#statuses.get(path) ?? []);
	}
}
