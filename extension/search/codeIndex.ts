import * as vscode from "vscode";
import type { IndexStatus } from "../../sidecar/protocol/search.ts";
import { config } from "../config.ts";
import type { Sidecar } from "../sidecar/connection.ts";

/** Folders, of this workspace, whose index the user deleted: they are not indexed again before they are asked to be. */
const deletedKey = "maskwright.deletedIndexes";

/** The indexes of this workspace's folders, as the sidecar last told; nothing before it runs. */
export interface CodeIndex {
	/** By the folder's path. */
	readonly statuses: ReadonlyMap<string, IndexStatus>;
	readonly onDidChange: vscode.Event<IndexStatus>;
	/**
	 * Code search is used: catches up with the files of every folder that has an index, and indexes the others for the
	 * first time where the setting and the workspace's trust allow it. Starts the sidecar.
	 */
	use(): Promise<void>;
	/** Indexes a folder because the user said so. */
	build(folder: string, options?: { rebuild?: boolean; model?: string }): Promise<void>;
	remove(folder: string): Promise<void>;
}

interface Parts {
	readonly extensionContext: vscode.ExtensionContext;
	readonly sidecar: Sidecar;
	readonly log: vscode.LogOutputChannel;
}

export function createCodeIndex(parts: Parts, subscriptions: vscode.Disposable[]): CodeIndex {
	const index = new WorkspaceIndex(parts);
	subscriptions.push(index);
	return index;
}

/** The folders of the workspace that lie on a disk. */
export function diskFolders(): readonly vscode.WorkspaceFolder[] {
	return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
}

/** The size of vectors that the user has chosen, if any. */
function wantedSize(): { readonly size?: string } {
	const size = config.vectorSize();
	return size === null ? {} : { size };
}

class WorkspaceIndex implements CodeIndex {
	readonly #parts: Parts;
	readonly #changed = new vscode.EventEmitter<IndexStatus>();
	readonly #disposables: vscode.Disposable[];
	/** Folders whose index is kept fresh; the sidecar forgets them when it ends. */
	readonly #kept = new Set<string>();
	#used = false;
	readonly statuses = new Map<string, IndexStatus>();
	readonly onDidChange = this.#changed.event;

	constructor(parts: Parts) {
		this.#parts = parts;
		const { sidecar } = parts;
		this.#disposables = [
			this.#changed,
			sidecar.onNotification("indexChanged", (status) => this.#tell(status)),
			sidecar.onDidChangeState((state) => {
				this.#kept.clear();
				if (state === "ready") this.#catchUp();
			}),
			vscode.workspace.onDidChangeWorkspaceFolders(() => this.#catchUp()),
			vscode.workspace.onDidGrantWorkspaceTrust(() => this.#catchUp()),
		];
	}

	async use(): Promise<void> {
		this.#used = true;
		await Promise.all(diskFolders().map(({ uri }) => this.#useFolder(uri.fsPath)));
	}

	async build(folder: string, options: { rebuild?: boolean; model?: string } = {}): Promise<void> {
		await this.#setDeleted(folder, false);
		this.#used = true;
		this.#kept.add(folder);
		this.#tell(await this.#parts.sidecar.request("startIndex", { folder, ...options, ...wantedSize() }));
	}

	async remove(folder: string): Promise<void> {
		await this.#setDeleted(folder, true);
		this.#kept.delete(folder);
		await this.#parts.sidecar.request("deleteIndex", { folder });
		await this.#read(folder);
	}

	dispose(): void {
		for (const disposable of this.#disposables) disposable.dispose();
	}

	/** Before code search is used, only what there is becomes known. */
	#catchUp(): void {
		const { sidecar, log } = this.#parts;
		if (sidecar.state !== "ready") return;
		const done = this.#used ? this.use() : Promise.all(diskFolders().map(({ uri }) => this.#read(uri.fsPath)));
		done.catch((error) => log.warn(`The index: ${error instanceof Error ? error.message : error}`));
	}

	async #read(folder: string): Promise<IndexStatus> {
		const status = await this.#parts.sidecar.request("indexStatus", { folder });
		this.#tell(status);
		return status;
	}

	async #useFolder(folder: string): Promise<void> {
		if (this.#kept.has(folder)) return;
		const { sidecar } = this.#parts;
		const status = await this.#read(folder);
		if (!vscode.workspace.isTrusted || this.#kept.has(folder)) return;
		if (status.state === "none" && (!config.autoIndex() || this.#isDeleted(folder))) return;
		this.#kept.add(folder);
		this.#tell(await sidecar.request("startIndex", { folder, ...wantedSize() }));
	}

	/** Other windows may index other folders. */
	#tell(status: IndexStatus): void {
		if (!diskFolders().some(({ uri }) => uri.fsPath === status.folder)) return;
		this.statuses.set(status.folder, status);
		this.#changed.fire(status);
	}

	#isDeleted(folder: string): boolean {
		return this.#deleted().includes(folder);
	}

	async #setDeleted(folder: string, deleted: boolean): Promise<void> {
		const others = this.#deleted().filter((other) => other !== folder);
		await this.#parts.extensionContext.workspaceState.update(deletedKey, deleted ? [...others, folder] : others);
	}

	#deleted(): readonly string[] {
		return this.#parts.extensionContext.workspaceState.get<string[]>(deletedKey, []);
	}
}
