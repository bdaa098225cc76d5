/** Relations of a knowledge graph as sentences (Gurgurov et al. 2025, section 3): what stands between head and tail. */

/** The 33 relations of ConceptNet 5 that the paper writes as sentences; of each the same meaning as there. */
const conceptNet = {
	Antonym: "is the opposite of",
	DerivedFrom: "is derived from",
	EtymologicallyDerivedFrom: "has its origin in the word",
	EtymologicallyRelatedTo: "shares its origin with",
	FormOf: "is a form of",
	PartOf: "is a part of",
	HasA: "has",
	UsedFor: "is used for",
	AtLocation: "is found at",
	Causes: "causes",
	CausesDesire: "makes one want",
	MadeOf: "is made of",
	ReceivesAction: "can be",
	HasSubevent: "includes",
	HasFirstSubevent: "begins with",
	HasLastSubevent: "ends with",
	HasPrerequisite: "requires",
	HasProperty: "is",
	MotivatedByGoal: "is done for",
	ObstructedBy: "is hindered by",
	Desires: "wants",
	CreatedBy: "is created by",
	CapableOf: "can",
	HasContext: "is said in the context of",
	IsA: "is a kind of",
	RelatedTo: "is related to",
	SimilarTo: "is similar to",
	Synonym: "means the same as",
	SymbolOf: "stands for",
	DefinedAs: "is defined as",
	DistinctFrom: "is not",
	MannerOf: "is a way to",
	LocatedNear: "is near",
} as const;

/** Relations of code, see `codeTriples`. */
const code = {
	dependsOn: "depends on the package",
	dependsOnForDevelopment: "is developed with the package",
	imports: "imports",
	defines: "defines",
	isSubtypeOf: "is a subtype of",
} as const;

export const relations: Readonly<Record<string, string>> = { ...conceptNet, ...code };

export interface Triple {
	readonly head: string;
	readonly relation: string;
	readonly tail: string;
}

/** The sentence of a triple, or undefined for a relation that has no template. */
export function sentenceOf({ head, relation, tail }: Triple): string | undefined {
	const between = Object.hasOwn(relations, relation) ? relations[relation] : undefined;
	return between === undefined ? undefined : `${head} ${between} ${tail}.`;
}
