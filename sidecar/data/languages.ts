/** The extensions of each language that is read: source code, build files and documentation. */
const extensions: Record<string, string> = {
	python: "py pyi pyw pyx pxd",
	javascript: "js jsx mjs cjs",
	typescript: "ts tsx mts cts",
	go: "go",
	java: "java",
	ruby: "rb rake gemspec ru erb",
	php: "php phtml php5 php7 phps inc",
	c: "c h",
	cpp: "cc cpp cxx c++ hh hpp hxx h++ ipp inl tcc cu cuh",
	csharp: "cs csx",
	rust: "rs",
	kotlin: "kt kts",
	swift: "swift",
	scala: "scala sc sbt",
	objectivec: "m mm",
	dart: "dart",
	lua: "lua",
	perl: "pl pm t",
	r: "r",
	julia: "jl",
	haskell: "hs lhs",
	ocaml: "ml mli",
	fsharp: "fs fsi fsx",
	elixir: "ex exs",
	erlang: "erl hrl",
	clojure: "clj cljs cljc edn",
	lisp: "lisp lsp cl el scm rkt",
	zig: "zig",
	nim: "nim",
	crystal: "cr",
	d: "d",
	ada: "adb ads",
	fortran: "f f90 f95 f03 f08 for",
	pascal: "pas pp",
	visualbasic: "vb vbs bas",
	groovy: "groovy gradle",
	shell: "sh bash zsh ksh fish",
	powershell: "ps1 psm1 psd1",
	batch: "bat cmd",
	sql: "sql",
	assembly: "s asm",
	glsl: "glsl vert frag comp wgsl hlsl",
	verilog: "v sv vh",
	vhdl: "vhd vhdl",
	solidity: "sol",
	protobuf: "proto",
	thrift: "thrift",
	graphql: "graphql gql",
	terraform: "tf hcl",
	nix: "nix",
	cmake: "cmake",
	make: "mk mak",
	html: "html htm xhtml vue svelte astro",
	css: "css scss sass less styl",
	template: "j2 jinja jinja2 hbs mustache ejs pug haml slim twig liquid tmpl",
	tex: "tex sty cls",
	vim: "vim",
	tcl: "tcl",
	awk: "awk",
	yaml: "yaml yml",
	toml: "toml",
	ini: "ini cfg conf properties editorconfig",
	// Documentation is read: it holds the project's words for what its code does, which fills in comments need.
	markdown: "md markdown mdx",
	restructuredtext: "rst",
	asciidoc: "adoc asciidoc",
};

/** What each language is called here. */
export const languageNames: readonly string[] = Object.keys(extensions);

/** Extensions of data, not source; JSON and XML are mostly configuration dumps and fixtures. */
const dataExtensions = new Set(
	"json jsonl json5 jsonc csv tsv xml svg ipynb txt log dat lock map snap po pot geojson parquet".split(" "),
);

const fileNames: Record<string, string> = {
	Makefile: "make",
	GNUmakefile: "make",
	"CMakeLists.txt": "cmake",
	Dockerfile: "dockerfile",
	Containerfile: "dockerfile",
	Rakefile: "ruby",
	Gemfile: "ruby",
	Vagrantfile: "ruby",
	Podfile: "ruby",
	Jenkinsfile: "groovy",
	Justfile: "make",
	justfile: "make",
	"meson.build": "meson",
	BUILD: "bazel",
	"BUILD.bazel": "bazel",
	WORKSPACE: "bazel",
	SConstruct: "python",
	SConscript: "python",
};

/** Interpreters that a `#!` line may name, by the beginning of their names. */
const interpreters: readonly (readonly [string, string])[] = [
	["python", "python"],
	["node", "javascript"],
	["deno", "typescript"],
	["ruby", "ruby"],
	["perl", "perl"],
	["php", "php"],
	["bash", "shell"],
	["dash", "shell"],
	["zsh", "shell"],
	["ksh", "shell"],
	["fish", "shell"],
	["sh", "shell"],
	["lua", "lua"],
	["tclsh", "tcl"],
	["Rscript", "r"],
	["awk", "awk"],
	["gawk", "awk"],
	["make", "make"],
];

const languageByExtension = new Map(
	Object.entries(extensions).flatMap(([language, list]) => list.split(" ").map((extension) => [extension, language])),
);

/** The language of a path by its name: a language, `"shebang?"` where only the first line can tell, or why not. */
export function languageOfPath(path: string): { language: string } | { why: string } {
	const name = path.slice(path.lastIndexOf("/") + 1);
	const known = Object.hasOwn(fileNames, name) ? fileNames[name] : undefined;
	if (known !== undefined) return { language: known };
	const dot = name.lastIndexOf(".");
	if (dot <= 0) return { language: "shebang?" };
	const extension = name.slice(dot + 1).toLowerCase();
	const language = languageByExtension.get(extension);
	if (language !== undefined) return { language };
	if (dataExtensions.has(extension)) return { why: `data, not source (.${extension})` };
	return { why: `not a known source language (.${extension})` };
}

/** The language that a first line such as `#!/usr/bin/env python3` names, if any. */
export function languageOfShebang(text: string): string | undefined {
	const line = /^#!\s*(\S+)(?:[ \t]+(?:-\S+[ \t]+)*(\S+))?/.exec(text);
	if (line === null) return undefined;
	const program = line[1]!.endsWith("/env") ? line[2] : line[1];
	const name = program?.slice(program.lastIndexOf("/") + 1) ?? "";
	return interpreters.find(([beginning]) => name.startsWith(beginning))?.[1];
}
