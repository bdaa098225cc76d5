/**
 * What the inflected forms of an English word have in common, so that "parsing", "parses" and `parse` meet: plurals
 * after Harman's S-stemmer ("How effective is suffixing?", 1991), "-ing" and "-ed" after step 1b of Porter's ("An
 * algorithm for suffix stripping", 1980). Not a word to show; words of other languages mostly stay as they are.
 */
export function stem(word: string): string {
	if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
	let stem = singular(word);
	if (stem.length > 5 && /[aeiouy].*ing$/.test(stem)) stem = withoutDouble(stem.slice(0, -3));
	else if (stem.length > 4 && /[aeiouy].*[^e]ed$/.test(stem)) stem = withoutDouble(stem.slice(0, -2));
	return stem.length > 3 && stem.endsWith("e") ? stem.slice(0, -1) : stem;
}

function singular(word: string): string {
	if (!/[^su]s$/.test(word)) return word;
	if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
	return word.slice(0, /(ss|x|ch|sh|z)es$/.test(word) ? -2 : -1);
}

function withoutDouble(stem: string): string {
	return stem.length > 3 && /([bdfgmnprt])\1$/.test(stem) ? stem.slice(0, -1) : stem;
}
