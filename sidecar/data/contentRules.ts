/**
 * Rules that look at a file's name and text and give the reason to leave it out, or nothing.
 * They are heuristics: a reason is a sentence so that a preview can be judged by eye.
 */

/** Reasons in a file's name alone, before it is opened. */
export function whyNotByName(path: string): string | undefined {
	const name = path.slice(path.lastIndexOf("/") + 1);
	if (/^\.env(\.|$)|^\.envrc$/i.test(name) && !/\.(example|sample|template|dist)$/i.test(name)) {
		return "may hold secrets (an environment file)";
	}
	if (secretNames.test(name)) return "may hold secrets (a key or credential file)";
	if (lockFiles.has(name.toLowerCase())) return "generated (a lockfile)";
	if (/[.-](min|bundle|pack)\.(js|mjs|cjs|css)$/i.test(name)) return "minified (by its name)";
	if (generatedNames.test(name)) return "generated (by its name)";
	return undefined;
}

const secretNames =
	/^(id_(rsa|dsa|ecdsa|ed25519)|\.netrc|\.npmrc|\.pypirc|\.htpasswd|\.pgpass|\.git-credentials|credentials)$|\.(pem|key|p12|pfx|keystore|jks|ppk|asc|gpg|kdbx)$/i;
const lockFiles = new Set([
	"package-lock.json",
	"npm-shrinkwrap.json",
	"pnpm-lock.yaml",
	"yarn.lock",
	"bun.lock",
	"deno.lock",
	"composer.lock",
	"cargo.lock",
	"gemfile.lock",
	"poetry.lock",
	"pdm.lock",
	"uv.lock",
	"pipfile.lock",
	"flake.lock",
	"podfile.lock",
	"pubspec.lock",
	"mix.lock",
	"go.sum",
	"gradle.lockfile",
	"packages.lock.json",
]);
const generatedNames = /(_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)|_pb\.(js|d\.ts)|\.g\.dart|\.designer\.cs|\.snap)$/i;

/** Reasons in the text: empty, minified, generated, secret-looking. */
export function whyNotByText(text: string, language: string): string | undefined {
	if (text.trim() === "") return "empty";
	return whyMinified(text, language) ?? whyGenerated(text) ?? whySecret(text);
}

/** Longer lines than this are written by programs. */
const longestLine = 5_000;
/** People keep lines short; the mean of minified code is in the thousands, of dense tables in the hundreds. */
const longestMeanLine = 250;
const prose = new Set(["markdown", "restructuredtext", "asciidoc", "tex", "html", "template"]);

function whyMinified(text: string, language: string): string | undefined {
	let longest = 0;
	let lines = 0;
	for (let start = 0; start < text.length; lines++) {
		const newline = text.indexOf("\n", start);
		const end = newline < 0 ? text.length : newline;
		if (end - start > longest) longest = end - start;
		start = end + 1;
	}
	if (longest > longestLine) return `minified or data (a line of ${longest} characters)`;
	const mean = Math.round(text.length / lines);
	if (mean <= longestMeanLine || text.length < 2_000 || prose.has(language)) return undefined;
	return `minified or data (its lines have ${mean} characters on average)`;
}

/** Generators announce themselves at the top; a marker further down is somebody's text about one. */
const headLength = 2_500;
const commentLine = /^\s*(\/\/|\/?\*|#|<!--|--|;|%|"""|'''|\.\.|rem\b|\{-|\(\*)/i;
const generatedMarker =
	/@generated\b|do not (edit|modify) (this file|by hand|manually|directly)|do not edit\b[.!]?\s*(-->|\*\/)?$|generated .{0,120}do not (edit|modify)|do not (edit|modify)\W.{0,80}generated|\b(file|code|module|source) (is|was|has been|were) (auto-?|automatically |machine[- ])generated\b|^\W*(this (file|code) (is|was) )?(auto-?generated|automatically generated|generated) (by|from|with|using) \S/i;

function whyGenerated(text: string): string | undefined {
	for (const line of text.slice(0, headLength).split("\n", 40)) {
		if (!commentLine.test(line)) continue;
		const marker = generatedMarker.exec(line);
		if (marker !== null) return `generated ("${marker[0].trim().slice(0, 60)}")`;
	}
	return undefined;
}

const tokenForms: readonly (readonly [RegExp, string])[] = [
	[/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]|["'+,])*[A-Za-z0-9+/=]{32}/, "a private key"],
	[/\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b/, "an AWS access key"],
	[/\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{60,}/, "a GitHub token"],
	[/\bglpat-[A-Za-z0-9_-]{20}\b/, "a GitLab token"],
	[/\bnpm_[A-Za-z0-9]{36}\b/, "an npm token"],
	[/\bxox[abprs]-[0-9A-Za-z-]{20,}/, "a Slack token"],
	[/\bAIza[0-9A-Za-z_-]{35}\b/, "a Google API key"],
	[/\b(?:sk|rk)_live_[0-9A-Za-z]{20,}/, "a Stripe key"],
	[/\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{40,}/, "an API key"],
	[/\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}/, "a JSON web token"],
];
/** One look for the beginnings of all forms: most files have none, so that this is the only pass over them. */
const anyForm = /PRIVATE KEY|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|npm_|xox[abprs]-|AIza|_live_|\bsk-|\beyJ/;
const secretAssignment =
	/(?:secret|token|passwd|password|api_?key|access_?key|private_?key|auth_?key|credential)[a-z_]*["']?\s*(?::|=>?|:=)\s*["']([A-Za-z0-9+/=_.~-]{20,})["']/gi;

function whySecret(text: string): string | undefined {
	if (anyForm.test(text)) {
		for (const [form, what] of tokenForms) if (form.test(text)) return `may hold a secret (${what})`;
	}
	for (const [, value] of text.matchAll(secretAssignment)) {
		if (looksRandom(value!))
			return "may hold a secret (a random-looking value is assigned to a key, token or password)";
	}
	return undefined;
}

/** Letters and digits mixed with at least 3.7 bits a character: keys reach 4 and more, names and words stay below. */
function looksRandom(value: string): boolean {
	if (!/[0-9]/.test(value) || !/[A-Za-z]/.test(value)) return false;
	if ((value.match(/[0-9]/g) ?? []).length < value.length / 10) return false;
	const hexadecimal = /^[0-9a-f]+$/i.test(value);
	return shannonEntropy(value) >= (hexadecimal ? 3.2 : 3.7);
}

/** Bits per character of a text under its own character frequencies. */
function shannonEntropy(text: string): number {
	const counts = new Map<string, number>();
	for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
	let bits = 0;
	for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
	return bits;
}
