import * as vscode from "vscode";

/** A file that a panel has made. */
interface MadeFile {
	readonly name: string;
	readonly encoding: "utf8" | "base64";
	readonly content: string;
}

/** Asks where to and writes there; null when the user said no. */
export async function saveFile({ name, encoding, content }: MadeFile): Promise<{ path: string | null }> {
	const base = vscode.workspace.workspaceFolders?.[0]?.uri;
	const ending = name.split(".").at(-1) ?? "";
	const chosen = await vscode.window.showSaveDialog({
		...(base === undefined ? {} : { defaultUri: vscode.Uri.joinPath(base, name) }),
		filters: { [ending.toUpperCase()]: [ending] },
	});
	if (chosen === undefined) return { path: null };
	await vscode.workspace.fs.writeFile(chosen, Buffer.from(content, encoding));
	return { path: vscode.workspace.asRelativePath(chosen) };
}
