/** What a workspace says of its parts, as triples of a knowledge graph: packages, imports, definitions and subtypes. */
import { z } from "zod";
import type { Document } from "./document.ts";
import type { Triple } from "./relations.ts";

const manifestSchema = z.looseObject({
	name: z.string(),
	dependencies: z.record(z.string(), z.string()).default({}),
	devDependencies: z.record(z.string(), z.string()).default({}),
});

/** The packages that a `package.json` names; none of one that has no name. */
export function packageTriples(manifest: unknown): Triple[] {
	const read = manifestSchema.safeParse(manifest);
	if (!read.success) return [];
	const { name, dependencies, devDependencies } = read.data;
	const of = (relation: string, packages: object): Triple[] =>
		Object.keys(packages).map((tail) => ({ head: name, relation, tail }));
	return [...of("dependsOn", dependencies), ...of("dependsOnForDevelopment", devDependencies)];
}

const importing: Readonly<Record<string, readonly RegExp[]>> = {
	javascript: [/^\s*(?:import|export)\b[^"'\n]*\bfrom\s+["']([^"'\n]+)["']/, /\brequire\(["']([^"'\n]+)["']\)/],
	python: [/^\s*from\s+([\w.]+)\s+import\b/, /^\s*import\s+([\w.]+)/],
	java: [/^\s*import\s+(?:static\s+)?([\w.]+)\s*;/],
};
const defining =
	/^\s*(?:export\s+)?(?:default\s+)?(?:public\s+)?(?:abstract\s+)?(?:async\s+)?(?:class|interface|function|def)\s+([A-Za-z_$][\w$]*)/;
const subtyping =
	/\bclass\s+([A-Za-z_$][\w$]*)(?:<[^>\n]*>)?\s*(?:extends\s+([A-Za-z_$][\w$.]*)|\(\s*([A-Za-z_][\w.]*)\s*[,)])/;

/** What a source file imports, defines and derives, a line at a time, each once. */
export function sourceTriples({ path, language, text }: Pick<Document, "path" | "language" | "text">): Triple[] {
	const found = new Map<string, Triple>();
	const add = (head: string, relation: string, tail: string): void => {
		found.set(`${head}\t${relation}\t${tail}`, { head, relation, tail });
	};
	const patterns = importing[language === "typescript" ? "javascript" : language] ?? [];
	for (const line of text.split("\n")) {
		if (line.length > 500) continue;
		for (const pattern of patterns) {
			const module = pattern.exec(line)?.[1];
			if (module !== undefined) add(path, "imports", module);
		}
		const name = defining.exec(line)?.[1];
		if (name !== undefined) add(path, "defines", name);
		const [, derived, extended, inherited] = subtyping.exec(line) ?? [];
		const above = extended ?? inherited;
		if (derived !== undefined && above !== undefined) add(derived, "isSubtypeOf", above);
	}
	return [...found.values()];
}
