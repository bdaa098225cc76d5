/**
 * The walls of the house. A room (a folder of sidecar/) may import the rooms that stand before it in
 * this list and no other. To add a room, give it its place here.
 */
const rooms = [
	"protocol",
	"base",
	"onnx",
	"autodiff",
	"session",
	"tokenizer",
	"syntax",
	"data",
	"model",
	"objectives",
	"optim",
	"store",
	"inference", // before train, which scores held-out files with its forward pass
	"search",
	"train",
	"recipes",
	"interop", // models made elsewhere, and ours for elsewhere
	"compute",
	"jobs", // what can be asked, from a terminal or over a wire
	"mcp",
	"server",
	"cli",
];

/** Node's own modules, with or without the `node:` prefix. */
const core = { dependencyTypes: ["core"] };

/** Rooms (and the masking part of data) that compute from their arguments alone. */
const pure = "^sidecar/(autodiff|model|objectives|optim|tokenizer|data/masking)/";

const roomOrder = rooms.slice(0, -1).map((room, place) => ({
	name: `order-${room}`,
	severity: "error",
	comment: `${room}/ may import only ${place === 0 ? "nothing" : rooms.slice(0, place).join(", ")}. Move what you need to an earlier room, or pass it in as an argument.`,
	from: { path: `^sidecar/${room}/` },
	to: { path: `^sidecar/(${rooms.slice(place + 1).join("|")})/` },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
	forbidden: [
		...roomOrder,
		{
			name: "protocol-stands-alone",
			severity: "error",
			comment:
				"protocol/ is read by the extension and the webviews too, so it imports zod and its own files, nothing else.",
			from: { path: "^sidecar/protocol/" },
			to: { pathNot: "^(sidecar/protocol/|node_modules/zod/)" },
		},
		{
			name: "surfaces-know-only-the-protocol",
			severity: "error",
			comment: "extension/ and webview/ show and relay: of the sidecar they may import sidecar/protocol alone.",
			from: { path: "^(extension|webview)/" },
			to: { path: "^(sidecar/(?!protocol/)|node_modules/onnxruntime)" },
		},
		{
			name: "surfaces-stay-apart",
			severity: "error",
			comment: "extension/ and webview/ run in different processes; what both need belongs to sidecar/protocol.",
			from: { path: "^(extension|webview)/" },
			to: { path: "^(extension|webview)/", pathNot: "^$1/" },
		},
		{
			name: "only-session-knows-onnxruntime",
			severity: "error",
			comment:
				"Guards against crashes live in session/ (a GPU tensor on a CPU session, use after release). Use its openSession and Tensor.",
			from: { pathNot: "^(sidecar/session|test/support)/" },
			to: { path: "^(node_modules/)?onnxruntime-(node|common)" },
		},
		{
			name: "only-syntax-knows-tree-sitter",
			severity: "error",
			comment: "Trees are read out of the parser's memory and freed in syntax/. Use its loadParser and SyntaxTree.",
			from: { pathNot: "^sidecar/syntax/" },
			to: { path: "^node_modules/(web-)?tree-sitter" },
		},
		{
			name: "only-search-knows-sqlite",
			severity: "error",
			comment:
				"libsql ends the process on a value that it cannot bind; search/index/database.ts checks each. Use its openDatabase, or openIndex.",
			from: { pathNot: "^sidecar/search/index/database\\.ts$" },
			to: { path: "^node_modules/(libsql|@libsql)/" },
		},
		{
			name: "only-search-watches",
			severity: "error",
			comment: "Folders that cannot be watched are read again now and then. Use watchFolder of search/index.",
			from: { pathNot: "^sidecar/search/index/watchFolder\\.ts$" },
			to: { path: "^node_modules/@parcel/watcher" },
		},
		{
			name: "only-server-knows-the-wire",
			severity: "error",
			comment: "JSON-RPC, LSP and websockets belong to server/; other rooms are called with plain values.",
			from: { path: "^sidecar/", pathNot: "^sidecar/server/" },
			to: { path: "^node_modules/(ws|vscode-jsonrpc|vscode-languageserver)" },
		},
		{
			name: "only-hub-knows-undici",
			severity: "error",
			comment:
				"Nothing but a download that a user asked for uses the network. What a model needs is asked of interop/hub.",
			from: { pathNot: "^sidecar/interop/hub/" },
			to: { path: "^node_modules/undici/" },
		},
		{
			name: "only-hub-and-server-open-connections",
			severity: "error",
			comment:
				"server/ listens and connects on this machine, interop/hub/ downloads what a user asked for. Nothing else opens a connection.",
			from: {
				path: "^(sidecar|extension|webview)/",
				pathNot: "^sidecar/(interop/hub/|server/|cli/commands/serve\\.ts$)",
			},
			to: { ...core, path: "^(node:)?(net|http|https|http2|tls|dgram|dns)(/|$)" },
		},
		{
			name: "only-mcp-knows-its-sdk",
			severity: "error",
			comment: "The Model Context Protocol belongs to mcp/; what its tools do is asked of earlier rooms.",
			from: { path: "^sidecar/", pathNot: "^sidecar/mcp/" },
			to: { path: "^node_modules/@modelcontextprotocol/" },
		},
		{
			name: "only-store-and-readers-touch-the-disk",
			severity: "error",
			comment:
				"Reading a corpus belongs to data/readers/, every other path and byte to store/; cli/, jobs/ and compute/ may open what a user named.",
			from: { path: "^sidecar/", pathNot: "^sidecar/(store|data/readers|cli|compute|jobs)/" },
			to: { ...core, path: "^(node:)?fs(/|$)" },
		},
		{
			name: "pure-rooms-use-no-node-modules",
			severity: "error",
			comment:
				"This room is pure: same arguments, same result, on any machine. Take bytes, time or paths as arguments instead.",
			from: { path: pure },
			to: core,
		},
		{
			name: "pure-rooms-compute-alone",
			severity: "error",
			comment:
				"autodiff, model, objectives and optim build graphs; a session runs them. Return the graph to the caller.",
			from: { path: pure },
			to: { path: "^sidecar/session/" },
		},
		{
			name: "product-without-tests",
			severity: "error",
			comment: "What ships imports neither tests nor benchmarks.",
			from: { path: "^(sidecar|extension|webview)/" },
			to: { path: "^(test|bench)/" },
		},
		{
			name: "product-without-development-packages",
			severity: "error",
			comment:
				"A user does not have this package. Move it to `dependencies` with a reason in ARCHITECTURE.md, or list it here when a bundle holds it.",
			// What makes the bundles does not ship.
			from: { path: "^(sidecar|extension|webview)/", pathNot: "/esbuild\\.mjs$|^extension/packaging/" },
			to: {
				dependencyTypes: ["npm-dev"],
				pathNot: "^node_modules/(vscode-languageclient|@types/vscode|uplot|@vscode/codicons)/",
			},
		},
		{
			name: "packaging-does-not-ship",
			severity: "error",
			comment: "extension/packaging makes the packages of the extension; it is not part of what they hold.",
			from: { path: "^(sidecar|webview|extension/(?!packaging/))" },
			to: { path: "^extension/packaging/" },
		},
		{
			name: "listed-packages-only",
			severity: "error",
			comment: "The package is not listed in package.json, so it may vanish with the package that brought it.",
			from: {},
			to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
		},
		{
			name: "everything-resolves",
			severity: "error",
			comment: "The imported file or package does not exist. Relative imports carry the extension `.ts`.",
			from: {},
			to: { couldNotResolve: true, pathNot: "^vscode$" },
		},
		{
			name: "no-cycles",
			severity: "error",
			comment: "Two files that import each other cannot be read one at a time. Move what both need to a third.",
			from: {},
			to: { circular: true },
		},
	],
	options: {
		doNotFollow: { path: "node_modules" },
		exclude: { path: "^dist/|^test/fixtures/" },
		tsPreCompilationDeps: true,
		combinedDependencies: false,
		enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
	},
};
