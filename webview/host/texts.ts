/** The texts of the user's language by their English, as the extension wrote them into the page. */
let translations: Readonly<Record<string, unknown>> | undefined;

/** A text in the user's language, with `{0}`, `{1}` ... replaced. */
export function t(english: string, ...values: readonly (string | number)[]): string {
	translations ??= JSON.parse(document.body.dataset["texts"] ?? "{}") as Record<string, unknown>;
	const found = Object.hasOwn(translations, english) ? translations[english] : undefined;
	const text = typeof found === "string" ? found : english;
	return text.replaceAll(/\{(\d)\}/g, (place, index) => String(values[Number(index)] ?? place));
}
