import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Source that stands in every clone after `npm ci`, some 3 M tokens: the packages whose sources or readable builds
 * npm delivers, each once (no second build of the same code), and this project itself. All are under MIT, ISC,
 * BSD or Apache licences; the copies stay on this machine.
 */
const sources = [
	"node_modules/zod/src",
	"node_modules/@types/node",
	"node_modules/knip/dist",
	"node_modules/dependency-cruiser/src",
	"node_modules/protobufjs/src",
	"node_modules/protobufjs/index.d.ts",
	"node_modules/typescript/lib",
	"node_modules/ajv/lib",
	"node_modules/yaml/dist",
	"node_modules/fast-check/lib",
	"node_modules/enhanced-resolve/lib",
	"node_modules/commander/lib",
	"node_modules/fast-uri",
	"node_modules/adm-zip",
	"node_modules/semver",
	"node_modules/resolve",
	"node_modules/onnxruntime-common/lib",
	"sidecar",
	"test",
	"bench",
];

/** Copies the example corpus to `dist/example-corpus`, which git does not see, and returns that folder. */
export function gatherExampleCorpus(): string {
	const house = projectFolder();
	// Under another name than node_modules, which a corpus reader passes over as other people's code.
	const folder = join(house, "dist", "example-corpus");
	rmSync(folder, { recursive: true, force: true });
	for (const source of sources) {
		if (!existsSync(join(house, source))) continue;
		const target = join(folder, source.replace(/^node_modules/, "packages").replace(/\/(dist|build)$/, "/source"));
		mkdirSync(dirname(target), { recursive: true });
		cpSync(join(house, source), target, {
			recursive: true,
			filter: (path) => !/\.(node|wasm|map|exe|dll)$/.test(path),
		});
	}
	return folder;
}

/** The folder of this project: the nearest above with a package.json. */
export function projectFolder(): string {
	let folder = dirname(fileURLToPath(import.meta.url));
	while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
	return folder;
}
