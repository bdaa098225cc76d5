import assert from "node:assert/strict";
import { test } from "node:test";
import { isError } from "../../../../sidecar/base/errors.ts";
import {
	endpointOf,
	fileAddress,
	listingAddress,
	parseRepository,
} from "../../../../sidecar/interop/hub/repository.ts";

const refused = (action: () => unknown): void => assert.throws(action, (error) => isError(error, "usage"));

test("a model is named by its id or by the address of its page", () => {
	for (const text of ["owner/name", "https://huggingface.co/owner/name", "https://huggingface.co/owner/name/"])
		assert.deepEqual(parseRepository(text), { endpoint: "https://huggingface.co", id: "owner/name", revision: "main" });
	const mirror = { endpoint: "http://mirror:80/hub/", revision: "refs/pr/1" };
	const expected = { endpoint: "http://mirror/hub", id: "bert-base", revision: "refs/pr/1" };
	assert.deepEqual(parseRepository("http://mirror/hub/bert-base", mirror), expected);
	refused(() => parseRepository("http://mirror/elsewhere/x/y", { endpoint: "http://mirror/hub" }));
});

test("what is no id never gets into an address", () => {
	for (const text of [
		"",
		"owner/name/more",
		"../name",
		"owner/..",
		"owner/na me",
		"owner/name?x",
		"owner/name#x",
		"owner/name\u0000",
		"owner/name\n",
		"owner//name",
		"/owner/name",
		"-owner/name",
		"owner/.name",
		"owner/name.",
		"own--er/name",
		"owner/name.git",
		"owner/%2e%2e",
		"https://elsewhere.example/owner/name",
		`owner/${"n".repeat(97)}`,
	])
		refused(() => parseRepository(text));
	for (const revision of ["", "../x", "a..b", "a b", "-x", "a?b", "a//b", "a/", "a\n"])
		refused(() => parseRepository("owner/name", { revision }));
	for (const endpoint of ["ftp://x", "file:///x", "x", "https://user:secret@x", "https://x?y", "https://x#y"])
		refused(() => parseRepository("owner/name", { endpoint }));
	assert.throws(
		() => parseRepository("owner/name", { endpoint: "https://user:secret@x" }),
		(error) => isError(error, "usage") && !error.message.includes("secret"),
	);
});

test("addresses are those of the hub", () => {
	const repository = parseRepository("owner/name", { endpoint: "https://mirror.example/hub/", revision: "refs/pr/1" });
	assert.equal(
		listingAddress(repository),
		"https://mirror.example/hub/api/models/owner/name/revision/refs%2Fpr%2F1?blobs=true",
	);
	assert.equal(
		fileAddress(repository, { commit: "c0", name: "a b.json" }),
		"https://mirror.example/hub/owner/name/resolve/c0/a%20b.json",
	);
});

test("our own variable for the endpoint comes before that of the field", () => {
	assert.equal(endpointOf({}), undefined);
	assert.equal(endpointOf({ HF_ENDPOINT: "https://a", MASKWRIGHT_HUB_ENDPOINT: "" }), "https://a");
	assert.equal(endpointOf({ HF_ENDPOINT: "https://a", MASKWRIGHT_HUB_ENDPOINT: "https://b" }), "https://b");
});
