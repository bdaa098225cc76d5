/** The manifest says what the code does. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const house = join(import.meta.dirname, "..", "..");
const manifest = JSON.parse(readFileSync(join(house, "package.json"), "utf8"));
const { contributes } = manifest;
/** What a translator translates of the manifest. */
const texts: Record<string, string> = JSON.parse(readFileSync(join(house, "package.nls.json"), "utf8"));
const source = readdirSync(join(house, "extension"), { recursive: true, encoding: "utf8" })
	.filter((path) => path.endsWith(".ts"))
	.map((path) => readFileSync(join(house, "extension", path), "utf8"))
	.join("\n");

const contributed: string[] = contributes.commands.map(({ command }: { command: string }) => command);

/** Every `when` and `enablement` of the manifest, and the commands that it names anywhere. */
const clauses: string[] = [];
const named: string[] = [];
collect(contributes);
collect(texts);

function collect(value: unknown): void {
	if (typeof value === "string") named.push(...[...value.matchAll(/command:(maskwright[.\w]+)/g)].map(([, id]) => id!));
	if (typeof value !== "object" || value === null) return;
	for (const [key, inner] of Object.entries(value)) {
		if ((key === "when" || key === "enablement") && typeof inner === "string") clauses.push(inner);
		if (key === "command" && typeof inner === "string") named.push(inner);
		collect(inner);
	}
}

/** The names of commands in the table of commands/commands.ts, and those that are registered by a literal. */
function registered(): Set<string> {
	const table = /const commands:[\s\S]*?> = \{([\s\S]*?)\n\};/.exec(source)?.[1] ?? "";
	const rows = [...table.matchAll(/^\t(\w+)(?=[,:])/gm)].map(([, name]) => `maskwright.${name}`);
	const literals = [...source.matchAll(/registerCommand\(\s*"(maskwright\.\w+)"/g)].map(([, id]) => id!);
	const fills = /fillCommands = \{([\s\S]*?)\}/.exec(source)?.[1] ?? "";
	const constants = [...fills.matchAll(/"(maskwright\.\w+)"/g)].map(([, id]) => id!);
	return new Set([...rows, ...literals, ...constants]);
}

test("every command of the manifest is registered, and none is named that does not exist", () => {
	const known = registered();
	assert.deepEqual(
		contributed.filter((command) => !known.has(command)),
		[],
	);
	// VS Code itself makes `VIEW.focus`.
	const focus = Object.values<{ id: string }[]>(contributes.views).flatMap((views) =>
		views.map(({ id }) => `${id}.focus`),
	);
	const ids = new Set([...contributed, ...known, ...focus]);
	assert.deepEqual(
		named.filter((command) => command.startsWith("maskwright.") && !ids.has(command)),
		[],
	);
});

test("every context key that a clause tests is set", () => {
	const keys = new Set(clauses.flatMap((clause) => clause.match(/(?<!config\.)(?<!== )\bmaskwright\.\w+/g) ?? []));
	assert.ok(keys.size >= 6);
	const views = new Set(
		Object.values<{ id: string }[]>(contributes.views).flatMap((found) => found.map(({ id }) => id)),
	);
	for (const key of keys) {
		if (!views.has(key)) assert.match(source, new RegExp(`(set|setContext)"?[(,]\\s*"${key}"|Key = "${key}"`), key);
	}
});

test("every text of the manifest stands in package.nls.json, and no other", () => {
	const keys = new Set<string>();
	const plain: string[] = [];
	const isText = /^(title|shortTitle|name|contents|description|markdownDescription|altText|patternErrorMessage)$/;
	const visit = (value: unknown, field: string): void => {
		if (typeof value === "string") {
			const key = /^%(.+)%$/.exec(value)?.[1];
			if (key !== undefined) keys.add(key);
			else if (isText.test(field)) plain.push(value);
		} else if (typeof value === "object" && value !== null) {
			for (const [inner, child] of Object.entries(value)) visit(child, Array.isArray(value) ? field : inner);
		}
	};
	// What a language model reads of a tool stays English: its name, its inputs and `modelDescription`.
	const tools = contributes.languageModelTools.map(
		({ name: _, inputSchema: __, ...shown }: Record<string, unknown>) => shown,
	);
	visit([{ ...contributes, languageModelTools: tools }, manifest.capabilities], "");
	assert.deepEqual([...keys].sort(), Object.keys(texts).sort());
	assert.deepEqual(plain, []);
});

test("every setting that the code reads is declared, with a description, an order and a scope", () => {
	const declared = new Map<string, Record<string, unknown>>();
	for (const section of contributes.configuration) {
		for (const [key, setting] of Object.entries(section.properties)) declared.set(key, setting as never);
	}
	const read = [...source.matchAll(/\bread(?:<\w+>)?\("([\w.]+)"/g)].map(([, key]) => `maskwright.${key}`);
	assert.ok(read.length >= 5);
	assert.deepEqual(
		read.filter((key) => !declared.has(key)),
		[],
	);
	for (const [key, setting] of declared) {
		assert.ok(setting["markdownDescription"] && setting["order"] && setting["scope"], key);
	}
});

test("only stable API is used, and files that are named exist", () => {
	assert.equal(manifest.enabledApiProposals, undefined);
	const media = contributes.walkthroughs[0].steps.map(({ media }: { media: { svg: string } }) => media.svg);
	const icons = contributes.viewsContainers.activitybar.map(({ icon }: { icon: string }) => icon);
	const schemas = contributes.jsonValidation.map(({ url }: { url: string }) => url);
	for (const path of [manifest.icon, ...media, ...icons, ...schemas]) assert.ok(existsSync(join(house, path)), path);
});
