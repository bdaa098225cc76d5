/** The part of VS Code's l10n that a text needs: modules that stay free of `vscode` are given it. */
export interface L10n {
	t(message: string, ...args: (string | number | boolean)[]): string;
}
