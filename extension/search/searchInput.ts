/** What a language model gives the tool; the manifest has its schema. */
export interface SearchInput {
	readonly query: string;
	readonly top?: number;
}
