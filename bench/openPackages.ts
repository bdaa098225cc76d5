/** Open packages of npm and Debian, and how their files are had: for the corpora of the models in the box. */
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Packages of npm with much documented source. */
export const npmPackages = (
	"three mathjs d3-array d3-scale d3-geo d3-shape d3-hierarchy d3-force ol cesium @cesium/engine google-closure-library eslint " +
	"video.js fabric sinon prettier marked jsdoc chart.js node-forge pdfjs-dist vega-util plotly.js mongoose sails aws-sdk " +
	"@google-cloud/firestore @google-cloud/storage @google-cloud/bigquery ember-source jshint less svgo parse5 babylonjs " +
	"backbone.marionette matter-js cannon p5 paper konva crossfilter2 hammerjs howler pouchdb moment luxon socket.io-client " +
	"superagent nodemailer pg mysql2 sql.js bookshelf objection waterline restify koa hapi @hapi/hapi joi ramda sanctuary rambda " +
	"date-fns dayjs jimp sharp natural brain.js ml-matrix numeric simple-statistics jstat gl-matrix turf @turf/turf proj4 jsts " +
	"quill codemirror ace-builds tinymce ckeditor4 @ckeditor/ckeditor5-engine @ckeditor/ckeditor5-core dojo dijit dojox yui " +
	"openseadragon aframe tween.js melonjs pixi.js-legacy @pixi/core @pixi/display @pixi/math @angular/core @angular/common " +
	"effect fp-ts io-ts viem @trpc/server @trpc/client @tanstack/query-core @tanstack/table-core @tanstack/router-core " +
	"@noble/curves @noble/hashes @scure/bip32 micro-packed drizzle-orm type-graphql typeorm @apollo/client graphql " +
	"@graphql-tools/utils xstate jotai zustand valtio immer tldraw @tldraw/editor @tldraw/store @tldraw/tlschema " +
	"@mikro-orm/core kysely @prisma/client-runtime-utils @lit/reactive-element lit-html @material/base @fluentui/react " +
	"@fluentui/utilities @microsoft/fast-element @microsoft/tsdoc @microsoft/api-extractor-model @azure/core-http " +
	"@azure/storage-blob @azure/identity @azure/cosmos @azure/core-rest-pipeline @aws-sdk/client-s3 @smithy/types @nestjs/core " +
	"@nestjs/common inversify tsyringe class-transformer class-validator rxdb pouchdb-core @opentelemetry/api " +
	"@opentelemetry/sdk-trace-base @opentelemetry/core @firebase/firestore @firebase/database @firebase/util @firebase/auth " +
	"mediasoup-client @mediapipe/tasks-vision @babylonjs/core @babylonjs/gui @deck.gl/core @loaders.gl/core @luma.gl/core " +
	"@math.gl/core @visx/scale remeda ts-morph @ts-morph/common tsutils vscode-languageserver-types monaco-editor-core " +
	"@polymer/polymer lighthouse puppeteer-core playwright-core workbox-core firebase-admin"
).split(" ");

const python =
	"aiohttp astroid attr babel boto3 botocore bs4 celery cinder dask distributed django docutils flask fsspec gensim h5py " +
	"hypothesis ipython jedi jinja2 joblib keystone kombu lxml markdown matplotlib mne mpmath mypy nbconvert neutron nibabel nova " +
	"openpyxl oslo.utils paramiko parso pil ply pydicom pyqtgraph pyramid pytest rdflib reportlab requests scrapy seaborn " +
	"setuptools shapely skimage sphinx sqlalchemy statsmodels swift tables torch tornado traitlets twisted urllib3 vispy werkzeug " +
	"xarray xlsxwriter zope.interface";
const ruby =
	"actionpack actionview activemodel activerecord activesupport bundler capybara concurrent devise dry-types faraday fog-core " +
	"grape haml kramdown mongo nokogiri prawn rack redcarpet roo rouge sidekiq sinatra slim";
const php =
	"amqplib codesniffer doctrine-collections doctrine-common doctrine-dbal doctrine-orm guzzlehttp-guzzle guzzlehttp-psr7 " +
	"illuminate-database illuminate-support laravel-framework league-flysystem monolog parser phpseclib ramsey-uuid sabre-dav " +
	"sabre-vobject symfony-cache symfony-framework-bundle symfony-http-client symfony-mailer symfony-messenger symfony-mime " +
	"symfony-property-info symfony-routing symfony-security-http symfony-serializer symfony-translation symfony-validator " +
	"symfony-yaml zend-code";

/** Packages of Debian, of Python, Ruby and PHP. */
export const debianPackages = [
	...python.split(" ").map((name) => `python3-${name}`),
	...ruby.split(" ").map((name) => `ruby-${name}`),
	...php.split(" ").map((name) => `php-${name}`),
	..."asciidoctor jekyll phpdox phpmyadmin puppet vagrant yard".split(" "),
];

/** Where a package is had from: a registry's archive, or the sources that Debian builds a package of. */
export type Registry = "npm" | "debian" | "debianSource";

export interface FetchedPackage {
	readonly name: string;
	readonly registry: Registry;
	/** Its files; gone after the visit. */
	readonly folder: string;
}

/**
 * Fetches packages one after another through `npm pack` and `apt-get`, and tells what `visit` makes of each; one that
 * cannot be had is named and left out.
 */
export function visitPackages(
	packages: readonly { readonly name: string; readonly registry: Registry }[],
	visit: (fetched: FetchedPackage) => string | number,
): void {
	const scratch = mkdtempSync(join(tmpdir(), "maskwright-packages-"));
	try {
		for (const { name, registry } of packages) {
			const folder = join(scratch, name.replaceAll("/", "-"));
			mkdirSync(folder);
			try {
				fetchers[registry](name, folder);
				console.log(name, visit({ name, registry, folder }));
			} catch (error) {
				console.log(name, "left out:", error instanceof Error ? error.message.split("\n")[0] : error);
			}
			rmSync(folder, { recursive: true });
		}
	} finally {
		rmSync(scratch, { recursive: true });
	}
}

/** Every plain file of a package, by its path from the package's folder, in order. */
export function filesOf(folder: string): string[] {
	const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
	return paths.filter((path) => lstatSync(join(folder, path)).isFile());
}

const fetchers: Readonly<Record<Registry, (name: string, folder: string) => void>> = {
	npm(name, folder) {
		execFileSync("npm", ["pack", "--silent", name], { cwd: folder, stdio: "ignore" });
		const [archive] = readdirSync(folder);
		execFileSync("tar", ["-xzf", archive!], { cwd: folder });
	},
	debian(name, folder) {
		execFileSync("apt-get", ["download", name], { cwd: folder, stdio: "ignore" });
		const [archive] = readdirSync(folder);
		execFileSync("dpkg-deb", ["-x", archive!, "."], { cwd: folder });
	},
	debianSource(name, folder) {
		execFileSync("apt-get", ["source", "--download-only", name], { cwd: folder, stdio: "ignore" });
		for (const archive of readdirSync(folder).filter((file) => /\.tar\.\w+$/.test(file))) {
			execFileSync("tar", ["-xf", archive], { cwd: folder });
		}
	},
};
