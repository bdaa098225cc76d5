/**
 * Fetches the corpus of the model in the box and writes it to a folder: `mix.jsonl` to train on, a `held.LANGUAGE.jsonl`
 * of other packages to score on, and `packages.json` with what each package gave under which licence.
 *
 *   node --import tsx bench/boxedCorpus.ts FOLDER [PACKAGE...]      (Debian; some hours of packages, or those named)
 *   maskwright train FOLDER/mix.jsonl --recipe code-mlm-boxed --out RUN
 *   node --import tsx bench/boxed.ts RUN/model FOLDER
 *
 * Only packages under permissive licences are taken, as they state them themselves. A registry gives its newest version,
 * so that a corpus of another day differs a little. The model in the box was trained on such a corpus of 133 MB.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { packages, type Wanted } from "./boxedPackages.ts";
import { type FetchedPackage, filesOf, visitPackages } from "./openPackages.ts";

const languages: Readonly<Record<string, string>> = {
	".py": "python",
	".js": "javascript",
	".mjs": "javascript",
	".cjs": "javascript",
	".jsx": "javascript",
	".go": "go",
	".java": "java",
	".rb": "ruby",
	".php": "php",
	".ts": "typescript",
	".tsx": "typescript",
	".mts": "typescript",
};

/** Characters to take of each language: nearly equal shares, of those that packages have little of all there is. */
const quotas: Readonly<Record<string, number>> = {
	python: 26e6,
	javascript: 26e6,
	go: 16e6,
	java: 16e6,
	ruby: 14e6,
	php: 12e6,
	typescript: 16e6,
};

/** Characters that one package may give of a language; more where a language has few large ones. */
const mostOfPackage = 2e6;
const larger: Readonly<Record<string, number>> = {
	"python3-scipy": 4e6,
	"golang-1.19-src": 9e6,
	"commons-math3": 12e6,
	"libruby3.1": 5e6,
	effect: 1.5e6,
};

/** Characters to score on of each language, in equal parts of its packages. */
const heldOutCharacters = 2e6;

interface Source {
	readonly pkg: string;
	readonly path: string;
	readonly license: string;
	readonly text: string;
	readonly language: string;
	readonly hash: string;
}

const [out, ...only] = process.argv.slice(2);
if (out === undefined) throw new Error("Name the folder to write.");
mkdirSync(out, { recursive: true });
const sources: Source[] = [];
const held: Source[] = [];
const seen = new Set<string>();
const wanted = packages.filter(({ name }) => only.length === 0 || only.includes(name));
// Those that are scored on come first, so that a copy of one of their files is not trained on.
const byName = new Map(wanted.map((one) => [one.name, one]));
visitPackages(
	wanted.toSorted((a, b) => Number(b.heldOut ?? false) - Number(a.heldOut ?? false)),
	(fetched) => take(fetched, byName.get(fetched.name)!),
);
writeMix(out);
writeHeldOut(out);

/** Keeps what may be kept of a package, and says what that was. */
function take(fetched: FetchedPackage, { heldOut = false, java = false }: Wanted): string {
	const license = licenseOf(fetched);
	if (!isPermissive(license)) return `left out: its licence is ${JSON.stringify(license)}`;
	let characters = 0;
	for (const path of filesOf(fetched.folder)) {
		const language = languages[extname(path)];
		if (language === undefined || (java && language !== "java") || /\.d\.m?ts$|\.min\.js$/.test(path)) continue;
		const text = readFileSync(join(fetched.folder, path), "utf8");
		if (!isSource(text)) continue;
		const hash = createHash("sha256").update(text.replaceAll(/\s+/g, " ")).digest("hex");
		if (seen.has(hash)) continue;
		seen.add(hash);
		(heldOut ? held : sources).push({ pkg: fetched.name, path, license, text, language, hash });
		characters += text.length;
	}
	return `${license}: ${characters} characters${heldOut ? ", to score on" : ""}`;
}

/** What people wrote in lines: no data, nothing minified. */
function isSource(text: string): boolean {
	if (text.length <= 300 || text.length > 200_000 || text.includes("\0") || text.includes("\ufffd")) return false;
	const lines = text.split("\n");
	return text.length / lines.length <= 120 && lines.every((line) => line.length <= 2_000);
}

/** The licence of the whole package as it states it: of npm in package.json, of Debian in its copyright file. */
function licenseOf({ registry, folder }: FetchedPackage): string {
	const files = filesOf(folder);
	if (registry === "npm") {
		const manifest = files.find((path) => /^[^/]+\/package\.json$/.test(path));
		const { license } = JSON.parse(manifest === undefined ? "{}" : readFileSync(join(folder, manifest), "utf8"));
		return typeof license === "string" ? license : String(license?.type ?? "");
	}
	const copyright = files.filter((path) => basename(path) === "copyright").map((path) => join(folder, path));
	const texts = copyright.map((path) => readFileSync(path, "utf8"));
	return texts.map((text) => /Files:\s*\*.*?License:\s*([^\n]+)/s.exec(text)?.[1]?.trim()).find(Boolean) ?? "";
}

function isPermissive(license: string): boolean {
	const named = /MIT|BSD|Apache|ISC|PSF|Python|Zlib|CC0|Unlicense|Expat|BlueOak|Ruby/i.test(license);
	return named && !/GPL|MPL|EPL|CDDL/i.test(license);
}

/** Files in an order that depends on their content alone, up to the quota of each language. */
function writeMix(folder: string): void {
	const ofPackage = new Map<string, number>();
	const ofLanguage = new Map<string, number>();
	const taken = sources.toSorted(byHash).filter(({ pkg, language, text }) => {
		const key = `${pkg} ${language}`;
		const [all, own] = [ofLanguage.get(language) ?? 0, ofPackage.get(key) ?? 0];
		if (all > quotas[language]! || own + text.length > (larger[pkg] ?? mostOfPackage)) return false;
		ofLanguage.set(language, all + text.length);
		ofPackage.set(key, own + text.length);
		return true;
	});
	writeFileSync(join(folder, "mix.jsonl"), taken.map(lineOf).join(""));
	const licenses = new Map(taken.map(({ pkg, license }) => [pkg, license]));
	const table = [...ofPackage].sort().map(([key, characters]) => {
		const [name, language] = key.split(" ");
		return { name, language, license: licenses.get(name!), characters };
	});
	writeFileSync(join(folder, "packages.json"), `${JSON.stringify(table, undefined, "\t")}\n`);
	console.log("to train on:", taken.length, "files,", Object.fromEntries(ofLanguage));
}

function writeHeldOut(folder: string): void {
	for (const language of Object.keys(quotas)) {
		const files = held.filter((source) => source.language === language).toSorted(byHash);
		const names = new Set(files.map(({ pkg }) => pkg));
		const taken = new Map<string, number>();
		const lines = files.filter(({ pkg, text }) => {
			const before = taken.get(pkg) ?? 0;
			if (before > heldOutCharacters / names.size) return false;
			taken.set(pkg, before + text.length);
			return true;
		});
		if (lines.length > 0) writeFileSync(join(folder, `held.${language}.jsonl`), lines.map(lineOf).join(""));
	}
}

function byHash(a: Source, b: Source): number {
	return a.hash < b.hash ? -1 : 1;
}

function lineOf({ pkg, path, license, text }: Source): string {
	return `${JSON.stringify({ pkg, path, license, text })}\n`;
}
