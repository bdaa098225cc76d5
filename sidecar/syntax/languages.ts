/** The languages whose grammar comes with Maskwright; the first six are those of the GraphCodeBERT paper. */
export const syntaxLanguages = [
	"python",
	"java",
	"javascript",
	"go",
	"ruby",
	"php",
	"typescript",
	"tsx",
	"c",
	"cpp",
	"csharp",
	"rust",
] as const;

export type SyntaxLanguage = (typeof syntaxLanguages)[number];

const extensions: Readonly<Record<SyntaxLanguage, string>> = {
	python: "py pyi pyw",
	java: "java",
	javascript: "js jsx mjs cjs",
	go: "go",
	ruby: "rb rake gemspec ru",
	php: "php phtml php5 php7 phps inc",
	typescript: "ts mts cts",
	tsx: "tsx",
	c: "c h",
	cpp: "cc cpp cxx c++ hh hpp hxx h++ ipp inl tcc",
	csharp: "cs csx",
	rust: "rs",
};

const languageByExtension = new Map(
	syntaxLanguages.flatMap((language) => extensions[language].split(" ").map((end) => [end, language] as const)),
);

/** The language of a file by the end of its name, or `undefined` where no grammar is at hand. */
export function syntaxLanguageOf(path: string): SyntaxLanguage | undefined {
	return languageByExtension.get(path.slice(path.lastIndexOf(".") + 1).toLowerCase());
}
