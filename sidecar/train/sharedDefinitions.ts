/** JSON schemas that say the same thing once. */

type Schema = Record<string, unknown>;

/** Keywords with one schema, a list of them and a map of them; `if` and `not` are left as they are. */
const single = ["items", "additionalProperties", "then", "else"] as const;
const lists = ["anyOf", "oneOf", "allOf", "prefixItems"] as const;
const maps = ["properties", "definitions", "$defs"] as const;

/** Shorter ones are no longer than what would refer to them. */
const shortest = 80;

/**
 * The same schema, with what stands in it several times under `keyword` ("$defs", or "definitions" in draft 7), by the
 * names of the properties that have it. Only what has a description is moved, and trees of defaults alone, so that a
 * definition means something by itself; what stands there already stays by its name.
 */
export function withSharedDefinitions(schema: Schema, keyword: "$defs" | "definitions"): Schema {
	const counts = new Map<string, number>();
	const count = (node: Schema): void => {
		const text = JSON.stringify(node);
		const before = counts.get(text) ?? 0;
		counts.set(text, before + 1);
		// What is within one that comes again comes again with it.
		if (before > 0) return;
		mapSchemas(node, (inner) => {
			count(inner);
			return inner;
		});
	};
	count(schema);
	const definitions: Record<string, Schema> = {};
	const names = new Map<string, string>();
	const taken = new Set(Object.keys((schema[keyword] as object | undefined) ?? {}));
	const share = (node: Schema, path: readonly string[]): Schema => {
		const text = JSON.stringify(node);
		if (text.length < shortest || (counts.get(text) ?? 0) < 2 || !isByItself(node)) return inside(node, path);
		let name = names.get(text);
		if (name === undefined) {
			name = freeName([...(isDefaults(node) ? ["defaults"] : []), ...path.slice(-2)].join("."), taken);
			names.set(text, name);
			definitions[name] = inside(node, path);
		}
		return { $ref: `#/${keyword}/${name}` };
	};
	const inside = (node: Schema, path: readonly string[]): Schema =>
		mapSchemas(node, (inner, property) => share(inner, property === undefined ? path : [...path, property]));
	const { [keyword]: own = {}, ...rest } = schema;
	const kept = Object.entries(own as Record<string, Schema>).map(([name, node]) => [name, inside(node, [])] as const);
	return { ...inside(rest, []), [keyword]: { ...Object.fromEntries(kept), ...definitions } };
}

/** A copy with other schemas in the places of its own; `property` is the name of one that has one. */
function mapSchemas(node: Schema, map: (inner: Schema, property?: string) => Schema): Schema {
	const copy: Schema = { ...node };
	for (const key of single) if (isSchema(node[key])) copy[key] = map(node[key]);
	for (const key of lists) {
		const list = node[key];
		if (Array.isArray(list)) copy[key] = list.map((inner) => (isSchema(inner) ? map(inner) : inner));
	}
	for (const key of maps) {
		const entries = node[key];
		if (!isSchema(entries)) continue;
		const mapped = Object.entries(entries).map(([name, inner]) => [name, map(inner as Schema, name)] as const);
		copy[key] = Object.fromEntries(mapped);
	}
	return copy;
}

function isByItself(node: Schema): boolean {
	return typeof node["description"] === "string" || isDefaults(node);
}

/** Whether it says nothing but defaults. */
function isDefaults(node: Schema): boolean {
	const keys = Object.keys(node);
	if (keys.length !== 1) return false;
	if (keys[0] === "default") return true;
	return keys[0] === "properties" && Object.values(node["properties"] as Record<string, Schema>).every(isDefaults);
}

function freeName(wanted: string, taken: Set<string>): string {
	let name = wanted;
	for (let variant = 2; taken.has(name); variant++) name = `${wanted}${variant}`;
	taken.add(name);
	return name;
}

function isSchema(value: unknown): value is Schema {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
