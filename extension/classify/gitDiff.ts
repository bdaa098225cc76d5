import * as vscode from "vscode";

/** What is used of the extension that comes with VS Code. */
interface GitExtension {
	getAPI(version: 1): { getRepository(uri: vscode.Uri): { diffWithHEAD(path: string): Promise<string> } | null };
}

/** What has changed in a file since the last commit; undefined without git, a repository or a change. */
export async function diffOf(uri: vscode.Uri): Promise<string | undefined> {
	const extension = vscode.extensions.getExtension<GitExtension>("vscode.git");
	if (extension === undefined || uri.scheme !== "file") return undefined;
	const git = await extension.activate();
	try {
		const diff = await git.getAPI(1).getRepository(uri)?.diffWithHEAD(uri.fsPath);
		return diff === undefined || diff.trim() === "" ? undefined : diff;
	} catch {
		return undefined; // git is switched off, or there is no commit yet
	}
}
