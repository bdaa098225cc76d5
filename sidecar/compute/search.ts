/** The search process: reads indexes, embeds queries, and is gone as soon as its parent is. */
import { isError } from "../base/errors.ts";
import { endWithParent } from "./endWithParent.ts";
import type { FromSearch, SearchQuestion, SearchResultOf, ToSearch } from "./searchMessages.ts";
import { createSearchService } from "./searchService.ts";

const home = process.argv[3] === "" ? undefined : process.argv[3];
const service = createSearchService({ home });
const underWay = new Map<number, AbortController>();

// The terminal sends Ctrl-C to every process of the group: the parent decides what it means.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());
// A run of the model or a statement blocks this thread, and the one above waits for it.
endWithParent(Number(process.argv[2]), 500);
process.on("message", (message: ToSearch) => {
	if (message.type === "cancel") underWay.get(message.id)?.abort();
	else void answer(message.id, message.question);
});

async function answer(id: number, question: SearchQuestion): Promise<void> {
	const abort = new AbortController();
	underWay.set(id, abort);
	let outcome: FromSearch["outcome"];
	try {
		outcome = { result: await resultOf(question, abort.signal) };
	} catch (error) {
		const cause = error instanceof Error ? error : new Error(String(error));
		const name = isError(error) ? error.name : "internal";
		outcome = { failed: { name, message: cause.message, stack: cause.stack ?? "" } };
	}
	underWay.delete(id);
	if (process.connected) process.send?.({ id, outcome } satisfies FromSearch);
}

function resultOf({ kind, request }: SearchQuestion, signal: AbortSignal): Promise<SearchResultOf> {
	if (kind === "search") return service.search(request, signal);
	if (kind === "like") return service.like(request, signal);
	if (kind === "duplicates") return service.duplicates(request, signal);
	if (kind === "read") return service.read(request, signal);
	return service.forget(request, signal);
}
