import type { UnigramFile } from "./readUnigram.ts";
import { type SpecialRole, specialRoles } from "./tokenizer.ts";
import { JsonObject, quote, refuseFile } from "./tokenizerFile.ts";

/**
 * Who plays which part by a file: as `special_tokens_map.json` says, else as `added_tokens` does (`role`, which
 * `tokenizerJsonOf` writes), else by the post-processor, else (for unk) by the model.
 */
export function readRoles(file: JsonObject, unigram: UnigramFile | undefined, map: unknown): Map<SpecialRole, string> {
	const roles = new Map<SpecialRole, string>();
	const model = file.object("model");
	const unknown =
		unigram === undefined ? model.optionalString("unk_token") : unigram.pieces[model.integer("unk_id", 0)]?.[0];
	if (unknown !== undefined) roles.set("unk", unknown);
	readProcessor(file.optionalObject("post_processor"), roles);
	for (const token of file.objects("added_tokens")) {
		const role = specialRoles.find((name) => name === token.optionalString("role"));
		if (role !== undefined) roles.set(role, token.string("content"));
	}
	if (map === undefined) return roles;
	const named = new JsonObject(map, "special_tokens_map");
	for (const role of specialRoles) {
		const value = named.unknown(`${role}_token`);
		if (typeof value === "string") roles.set(role, value);
		else if (value !== undefined) roles.set(role, named.object(`${role}_token`).string("content"));
	}
	return roles;
}

/** What a post-processor puts before a text is cls, and what it puts behind it sep. */
function readProcessor(processor: JsonObject | undefined, roles: Map<SpecialRole, string>, depth = 0): void {
	const type = processor?.optionalString("type");
	if (processor === undefined || type === "ByteLevel") return;
	if (type === "Sequence" && depth === 0) {
		for (const part of processor.objects("processors")) readProcessor(part, roles, depth + 1);
	} else if (type === "BertProcessing" || type === "RobertaProcessing") {
		for (const role of ["cls", "sep"] as const) {
			const pair = processor.unknown(role);
			if (Array.isArray(pair) && typeof pair[0] === "string") roles.set(role, pair[0]);
		}
	} else if (type === "TemplateProcessing") {
		const parts = processor.objects("single");
		const text = parts.findIndex((part) => part.has("Sequence"));
		const idOf = (part: JsonObject | undefined) => part?.optionalObject("SpecialToken")?.string("id");
		const cls = idOf(parts[0]);
		const sep = idOf(parts[text + 1]);
		if (cls !== undefined && text > 0) roles.set("cls", cls);
		if (sep !== undefined && text >= 0) roles.set("sep", sep);
	} else refuseFile(`its post-processor ${quote(type ?? "without a type")} is not supported`);
}
