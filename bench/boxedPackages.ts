/** The packages of the model in the box: those that the search model learned from, more, and those that it is scored on. */
import { debianPackages, npmPackages, type Registry } from "./openPackages.ts";

export interface Wanted {
	readonly name: string;
	readonly registry: Registry;
	/** Whether nothing but its Java is taken. */
	readonly java?: boolean;
	/** Whether it is scored on: its files, and copies of them, are not trained on. */
	readonly heldOut?: boolean;
}

const moreOfNpm =
	"@reduxjs/toolkit ajv bluebird express jquery knex leaflet phaser-ce sequelize underscore validator yargs " +
	"@babel/core @babel/traverse @babel/types @babel/parser @babel/generator";
const javaOfNpm =
	"@react-native-firebase/app @react-native-firebase/firestore @shopify/react-native-skia cordova-android " +
	"react-native react-native-gesture-handler react-native-maps react-native-push-notification " +
	"react-native-svg react-native-video react-native-webview";
/** Without the prefix `golang-` and the ending `-dev`. */
const go =
	"coreos-log etcd-server github-aws-aws-sdk-go github-aws-aws-sdk-go-v2 github-azure-azure-pipeline-go " +
	"github-azure-azure-sdk-for-go github-azure-azure-storage-blob-go github-azure-go-ansiterm " +
	"github-azure-go-autorest github-azure-go-ntlmssp github-badgerodon-collections " +
	"github-blevesearch-go-porterstemmer github-blevesearch-segment github-boltdb-bolt github-cockroachdb-apd " +
	"github-cockroachdb-cockroach-go github-containerd-btrfs github-containerd-cgroups " +
	"github-containerd-console github-containerd-containerd github-containerd-continuity " +
	"github-containerd-go-cni github-containerd-go-runc github-containerd-stargz-snapshotter " +
	"github-containerd-typeurl github-coreos-bbolt github-coreos-go-oidc github-coreos-go-systemd " +
	"github-coreos-pkg github-coreos-vcontext github-dgraph-io-badger github-docker-docker-credential-helpers " +
	"github-docker-docker github-gin-gonic-gin github-go-git-go-billy github-go-git-go-git " +
	"github-gogits-chardet github-gogits-go-gogs-client github-google-go-github github-gorilla-csrf " +
	"github-gorilla-css github-gorilla-handlers github-gorilla-mux github-gorilla-schema " +
	"github-gorilla-securecookie github-gorilla-sessions github-gorilla-websocket " +
	"github-grpc-ecosystem-go-grpc-middleware github-grpc-ecosystem-go-grpc-prometheus";

/** The packages of the evaluation files of code search: neither the box nor its search model has seen them. */
const heldOutOfNpm =
	"lodash async mocha webpack terser highlight.js immutable playcanvas phaser handlebars rxjs zod ethers mobx lexical " +
	"@lexical/list @lexical/table @lexical/yjs @stdlib/math @stdlib/stats @tensorflow/tfjs-core";
const heldOutOfDebian =
	"python3-networkx python3-nltk python3-numpy python3-pandas python3-pygments python3-sklearn python3-sympy " +
	"golang-golang-x-text-dev golang-golang-x-tools-dev rubocop ruby-mail ruby-rspec-core ruby-sequel composer " +
	"php-symfony-console php-symfony-dependency-injection php-symfony-form php-symfony-http-foundation " +
	"php-symfony-http-kernel php-twig phpunit";
const heldOutOfSources = "commons-io libcommons-collections4-java libcommons-lang3-java libjoda-time-java";

export const packages: readonly Wanted[] = [
	...wanted(heldOutOfNpm.split(" "), { registry: "npm", heldOut: true }),
	...wanted(heldOutOfDebian.split(" "), { registry: "debian", heldOut: true }),
	...wanted(heldOutOfSources.split(" "), { registry: "debianSource", heldOut: true }),
	...wanted([...npmPackages, ...moreOfNpm.split(" ")], { registry: "npm" }),
	...wanted(javaOfNpm.split(" "), { registry: "npm", java: true }),
	...wanted(debianPackages, { registry: "debian" }),
	...wanted(
		go.split(" ").map((name) => `golang-${name}-dev`),
		{ registry: "debian" },
	),
	...wanted(["golang-1.19-src", "libruby3.1", "php-league-commonmark", "php-symfony-security-core", "python3-scipy"], {
		registry: "debian",
	}),
	...wanted(["commons-math3"], { registry: "debianSource" }),
];

function wanted(names: readonly string[], rest: Omit<Wanted, "name">): Wanted[] {
	return names.map((name) => ({ name, ...rest }));
}
