import { MaskwrightError } from "../../base/errors.ts";

/** Where models are got from when nothing else is said. */
const standardEndpoint = "https://huggingface.co";

/** A model of the hub, or of a mirror. */
export interface Repository {
	/** Of the hub or the mirror, without a slash at its end. */
	readonly endpoint: string;
	/** `OWNER/NAME`, or `NAME` alone for the oldest models. */
	readonly id: string;
	/** A branch, a tag or a commit. */
	readonly revision: string;
}

/**
 * The repository that a user names, by its id or the address of its page. Throws `usage` for what can be none of
 * these, so that nothing else ever gets into an address.
 */
export function parseRepository(
	text: string,
	{
		endpoint = standardEndpoint,
		revision = "main",
	}: { endpoint?: string | undefined; revision?: string | undefined } = {},
): Repository {
	const base = parseEndpoint(endpoint);
	const page = [base, standardEndpoint].find((each) => text.startsWith(`${each}/`));
	const id = page === undefined ? text : text.slice(page.length + 1).replace(/\/$/, "");
	// As huggingface_hub's validate_repo_id.
	const valid =
		/^(?:[A-Za-z0-9_][\w.-]{0,95}\/)?[A-Za-z0-9_][\w.-]{0,95}$/.test(id) && !/--|\.\.|[.-](?:\/|$)|\.git$/.test(id);
	if (!valid)
		throw new MaskwrightError(
			"usage",
			`${JSON.stringify(text.slice(0, 200))} is no model of the hub. Name it as OWNER/NAME.`,
		);
	if (!/^[A-Za-z0-9_][\w./-]{0,199}$/.test(revision) || /\.\.|\/\/|\/$/.test(revision))
		throw new MaskwrightError(
			"usage",
			`${JSON.stringify(revision.slice(0, 200))} is no revision. Name a branch, a tag or a commit.`,
		);
	return { endpoint: base, id, revision };
}

/** The endpoint that the environment names: ours first, then the one that Hugging Face's own programs read. */
export function endpointOf(env: NodeJS.ProcessEnv): string | undefined {
	return env["MASKWRIGHT_HUB_ENDPOINT"] || env["HF_ENDPOINT"] || undefined;
}

/** The address of the page where people read about the model and ask for access. */
export function pageOf({ endpoint, id }: Repository): string {
	return `${endpoint}/${id}`;
}

/** The address that lists a revision with the size and hash of each file. */
export function listingAddress({ endpoint, id, revision }: Repository): string {
	return `${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
}

/** The address of a file at a commit; `name` may be in a folder. */
export function fileAddress({ endpoint, id }: Repository, { commit, name }: { commit: string; name: string }): string {
	return `${endpoint}/${id}/resolve/${commit}/${name.split("/").map(encodeURIComponent).join("/")}`;
}

function parseEndpoint(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const plain =
		url !== undefined &&
		(url.protocol === "https:" || url.protocol === "http:") &&
		`${url.username}${url.password}${url.search}${url.hash}` === "";
	if (!plain)
		throw new MaskwrightError(
			"usage",
			`The hub's endpoint ${JSON.stringify(text.replace(/\/\/.*@/, "//…@").slice(0, 200))} is no plain http or https address. Set it to one such as ${standardEndpoint}.`,
		);
	return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
