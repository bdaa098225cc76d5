import { z } from "zod";
import { MaskwrightError } from "../../base/errors.ts";
import type { FileIdentity } from "../../store/partialFile.ts";
import type { HubClient } from "./hubClient.ts";
import { listingAddress, pageOf } from "./repository.ts";
import { withRetries } from "./retries.ts";

/** A file that an import needs. */
export interface HubFile {
	readonly name: string;
	readonly identity: FileIdentity;
}

/** What would be downloaded. */
export interface DownloadPlan {
	readonly repository: string;
	/** The page of the model. */
	readonly url: string;
	/** The commit that the revision stands for, so that nothing changes while files come. */
	readonly commit: string;
	/** As its owner tags it, such as `mit`. */
	readonly license: string | null;
	/** The weights last. */
	readonly files: readonly HubFile[];
	readonly bytes: number;
}

const weights = /^model\.safetensors$/;
const shard = /^model-\d{5}-of-\d{5}\.safetensors$/;
const shardIndex = "model.safetensors.index.json";

/** What an import may read beside the weights: of tokenizers every layout, and how sentence-transformers pools. */
const described = new Set([
	"README.md",
	"config.json",
	"modules.json",
	"1_Pooling/config.json",
	"sentence_bert_config.json",
	"config_sentence_transformers.json",
	"tokenizer.json",
	"tokenizer_config.json",
	"special_tokens_map.json",
	"added_tokens.json",
	"vocab.txt",
	"vocab.json",
	"merges.txt",
	"spm.model",
	"sentencepiece.bpe.model",
	"spiece.model",
]);

const limits = {
	listingBytes: 8 << 20,
	describedBytes: 64 << 20, // of one file; the largest tokenizers have 17 MB
	bytes: 16 * 2 ** 30,
};

const size = z.int().nonnegative();

const listingSchema = z.looseObject({
	sha: z.string().regex(/^[0-9a-f]{40}$/),
	tags: z.array(z.string()).default([]),
	siblings: z.array(
		z.looseObject({
			rfilename: z.string(),
			size: size.optional(),
			blobId: z
				.string()
				.regex(/^[0-9a-f]{40}$/)
				.optional(),
			lfs: z.looseObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size }).nullish(),
		}),
	),
});

/**
 * Asks the hub what a revision holds, and chooses the files that an import needs. Throws `notFound`, `hubRefused`,
 * `hubUnreachable`, and `modelInvalid` for a model that could not be imported.
 */
export async function planDownload(
	client: HubClient,
	{ waits, signal }: { waits: readonly number[]; signal: AbortSignal },
): Promise<DownloadPlan> {
	const { id, endpoint } = client.repository;
	const what = `The list of files of ${id}`;
	const bytes = await withRetries(() => readListing(client, signal), { what, waits, signal });
	const { sha, tags, siblings } = parseListing(bytes, endpoint);
	const names = new Set(siblings.map(({ rfilename }) => rfilename));
	requireImportable(names, client);
	const whole = [...names].some((name) => weights.test(name));
	const isWanted = (name: string): boolean =>
		described.has(name) || (whole ? weights.test(name) : name === shardIndex || shard.test(name));
	const files = siblings
		.filter(({ rfilename }) => isWanted(rfilename))
		.map((sibling) => fileOf(sibling, endpoint))
		.sort((a, b) => Number(described.has(b.name)) - Number(described.has(a.name)));
	const total = files.reduce((sum, { identity }) => sum + identity.size, 0);
	if (files.length !== new Set(files.map(({ name }) => name)).size) throw oddListing(endpoint, "names a file twice");
	if (total > limits.bytes)
		throw new MaskwrightError(
			"modelInvalid",
			`${id} has ${total} bytes, more than Maskwright reads. Choose a smaller model.`,
		);
	return {
		repository: id,
		url: pageOf(client.repository),
		commit: sha,
		license: tags.find((tag) => tag.startsWith("license:"))?.slice("license:".length) ?? null,
		files,
		bytes: total,
	};
}

async function readListing(client: HubClient, signal: AbortSignal): Promise<Uint8Array> {
	const response = await client.get(listingAddress(client.repository), { signal });
	const chunks: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of response.body) {
		chunks.push(chunk);
		length += chunk.length;
		if (length <= limits.listingBytes) continue;
		response.drop();
		throw oddListing(client.repository.endpoint, "does not end");
	}
	return Buffer.concat(chunks);
}

function parseListing(bytes: Uint8Array, endpoint: string): z.output<typeof listingSchema> {
	try {
		return listingSchema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
	} catch (cause) {
		throw oddListing(endpoint, "is not that of a hub", cause);
	}
}

function requireImportable(names: ReadonlySet<string>, { repository }: HubClient): void {
	const { id } = repository;
	if (!names.has("config.json"))
		throw new MaskwrightError(
			"modelInvalid",
			`${id} has no config.json, so that it is no model of transformers. Choose another.`,
		);
	if ([...names].some((name) => weights.test(name)) || names.has(shardIndex)) return;
	const pickled = [...names].some((name) => /\.(bin|pt|ckpt|pkl)$/.test(name));
	throw new MaskwrightError(
		"modelInvalid",
		pickled
			? `${id} has its weights as a Python pickle alone, which can run any program when it is read, so Maskwright does not get it. Often a converted copy waits as a pull request on ${pageOf(repository)}/discussions: name it with --revision refs/pr/NUMBER.`
			: `${id} has no model.safetensors. Choose a model that has.`,
	);
}

function fileOf(sibling: z.output<typeof listingSchema>["siblings"][number], endpoint: string): HubFile {
	const { rfilename: name, lfs, blobId } = sibling;
	const [algorithm, hash, size] =
		lfs != null ? (["sha256", lfs.sha256, lfs.size] as const) : (["gitBlob", blobId, sibling.size] as const);
	if (hash === undefined || size === undefined)
		throw oddListing(
			endpoint,
			`does not tell the size and hash of ${JSON.stringify(name)}, so that it could not be checked`,
		);
	if (described.has(name) && size > limits.describedBytes)
		throw oddListing(endpoint, `gives ${JSON.stringify(name)} ${size} bytes`);
	return { name, identity: { algorithm, hash, size } };
}

function oddListing(endpoint: string, what: string, cause?: unknown): MaskwrightError {
	return new MaskwrightError(
		"hubRefused",
		`The list of files from ${endpoint} ${what}. Check the endpoint that is set and whether the network asks for a login.`,
		cause === undefined ? {} : { cause },
	);
}
