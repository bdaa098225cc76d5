import { randomBytes } from "node:crypto";

/**
 * The page of a panel: one script and one style sheet of our own output and nothing else. `styles` may be set by
 * script (`element.style`), which no policy forbids; style attributes and inline sheets are.
 */
export function panelPage(options: {
	readonly title: string;
	readonly language: string;
	readonly script: string;
	readonly style: string;
	/** `webview.cspSource`. */
	readonly source: string;
	/** The texts of the language, by their English. */
	readonly texts: Readonly<Record<string, unknown>>;
}): string {
	const { title, language, script, style, source, texts } = options;
	const nonce = randomBytes(16).toString("base64url");
	const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${source}`;
	return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeHtml(style)}">
<title>${escapeHtml(title)}</title>
</head>
<body data-texts="${escapeHtml(JSON.stringify(texts))}">
<script nonce="${nonce}" src="${escapeHtml(script)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
