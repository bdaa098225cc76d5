import type { Dirent } from "node:fs";

/** Why a folder called `name` is not entered, given the entries of the folder it stands in. */
export function whyFolderSkipped(name: string, siblings: readonly Dirent[]): string | undefined {
	if (Object.hasOwn(skippedFolders, name)) return skippedFolders[name];
	const rule = Object.hasOwn(skippedBeside, name) ? skippedBeside[name] : undefined;
	if (rule === undefined) return undefined;
	const marker = siblings.find((entry) =>
		rule.markers.some((end) => entry.name === end || (end.startsWith(".") && entry.name.endsWith(end))),
	);
	return marker === undefined ? undefined : `${rule.why} (beside ${marker.name})`;
}

/** Folders that hold other people's code or what a tool made, by name. */
const skippedFolders: Record<string, string> = {
	".git": "version control",
	".hg": "version control",
	".svn": "version control",
	".bzr": "version control",
	node_modules: "dependencies (npm)",
	bower_components: "dependencies (Bower)",
	jspm_packages: "dependencies (jspm)",
	__pycache__: "build output (Python)",
	".venv": "dependencies (a Python environment)",
	".tox": "dependencies (tox)",
	".nox": "dependencies (nox)",
	".eggs": "dependencies (setuptools)",
	".mypy_cache": "a cache",
	".pytest_cache": "a cache",
	".ruff_cache": "a cache",
	".cache": "a cache",
	".gradle": "a cache (Gradle)",
	".terraform": "dependencies (Terraform)",
	".next": "build output (Next.js)",
	".nuxt": "build output (Nuxt)",
	".svelte-kit": "build output (SvelteKit)",
	".yarn": "dependencies (Yarn)",
	".pnpm-store": "dependencies (pnpm)",
	".bundle": "dependencies (Bundler)",
	".dart_tool": "build output (Dart)",
	DerivedData: "build output (Xcode)",
};

/** The names of folders that are never entered. */
export const skippedFolderNames: readonly string[] = Object.keys(skippedFolders);

/** Names that are build output or dependencies only beside a file that says so; elsewhere they are ordinary folders. */
const skippedBeside: Record<string, { readonly why: string; readonly markers: readonly string[] }> = {
	dist: { why: "build output", markers: ["package.json", "setup.py", "pyproject.toml"] },
	build: {
		why: "build output",
		markers: ["package.json", "setup.py", "pyproject.toml", "CMakeLists.txt", "build.gradle", "build.gradle.kts"],
	},
	out: { why: "build output", markers: ["package.json", "build.gradle", "build.gradle.kts", "CMakeLists.txt"] },
	target: { why: "build output", markers: ["Cargo.toml", "pom.xml", "build.sbt"] },
	obj: { why: "build output", markers: [".csproj", ".fsproj"] },
	bin: { why: "build output", markers: [".csproj", ".fsproj"] },
	coverage: { why: "build output", markers: ["package.json"] },
	vendor: { why: "dependencies", markers: ["go.mod", "composer.json", "Gemfile", "Cargo.toml"] },
	Pods: { why: "dependencies", markers: ["Podfile"] },
	deps: { why: "dependencies", markers: ["mix.exs"] },
	_build: { why: "build output", markers: ["mix.exs", "dune-project", "conf.py"] },
};
