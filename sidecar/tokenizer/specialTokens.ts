import { MaskwrightError } from "../base/errors.ts";
import type { AddedToken } from "./addedTokens.ts";
import { type SpecialIds, type SpecialRole, specialRoles } from "./tokenizer.ts";

/** The special tokens of a tokenizer. */
export interface SpecialTokens {
	/** Reading a missing one throws `tokenizerInvalid`. */
	readonly ids: SpecialIds;
	readonly all: ReadonlySet<number>;
	find(role: SpecialRole): number | undefined;
}

/** The tokens that play each part in BERT's and RoBERTa's vocabularies. */
export const customaryTokens: { readonly [Role in SpecialRole]: readonly string[] } = {
	cls: ["[CLS]", "<s>"],
	sep: ["[SEP]", "</s>"],
	mask: ["[MASK]", "<mask>"],
	pad: ["[PAD]", "<pad>"],
	unk: ["[UNK]", "<unk>"],
};

/** Finds who plays each part: as `named` says, else by the customary names. All tokens marked special count too. */
export function findSpecialTokens(
	ids: ReadonlyMap<string, number>,
	added: readonly AddedToken[],
	named: ReadonlyMap<SpecialRole, string>,
): SpecialTokens {
	const found = new Map<SpecialRole, number>();
	for (const role of specialRoles) {
		const name = named.get(role);
		const id = name !== undefined ? ids.get(name) : customaryTokens[role].map((token) => ids.get(token)).find(isNumber);
		if (id !== undefined) found.set(role, id);
	}
	const all = new Set([...added.filter((token) => token.special).map((token) => token.id), ...found.values()]);
	return { ids: idsOf(found), all, find: (role) => found.get(role) };
}

function isNumber(id: number | undefined): id is number {
	return id !== undefined;
}

function idsOf(found: ReadonlyMap<SpecialRole, number>): SpecialIds {
	const ids = {};
	for (const role of specialRoles) {
		const id = found.get(role);
		if (id !== undefined) Object.defineProperty(ids, role, { value: id, enumerable: true });
		else Object.defineProperty(ids, role, { get: () => refuse(role), enumerable: false });
	}
	return ids as SpecialIds;
}

function refuse(role: SpecialRole): never {
	throw new MaskwrightError(
		"tokenizerInvalid",
		`The tokenizer has no ${role} token, which is needed here: use a tokenizer made for masked language models, ` +
			`or name one of its tokens as ${role}_token in special_tokens_map.json.`,
		{ data: { role } },
	);
}
