/** The indexing process: keeps the indexes of all folders that it is told of, in turn, and ends with its parent. */
import { constants, setPriority } from "node:os";
import { verifyIndex } from "../search/index/verifyIndex.ts";
import { removeIndex } from "../store/indexFiles.ts";
import { Cutters } from "./cutters.ts";
import { endWithParent } from "./endWithParent.ts";
import { failureOf } from "./failure.ts";
import type {
	FromIndexing,
	IndexingOutcome,
	IndexingQuestion,
	IndexingRequest,
	ToIndexing,
} from "./indexingMessages.ts";
import { IndexingModels } from "./indexingModels.ts";
import { IndexingWork } from "./indexingWork.ts";

const home = process.argv[3] === "" ? undefined : process.argv[3];
const at = home === undefined ? {} : { home };
const works = new Map<string, IndexingWork>();
const asked = new Map<number, AbortController>();
const models = new IndexingModels();
const cutter = new Cutters();
let watching = true;
let turn: Promise<unknown> = Promise.resolve();
let working = false;

// What the user types and runs goes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
// The terminal sends Ctrl-C to every process of the group: the parent decides what it means.
process.on("SIGINT", () => {});
// An index can be left at any moment.
process.on("disconnect", () => process.exit());
// A parse or a run of the model blocks this thread, and the one above waits for it.
endWithParent(Number(process.argv[2]), 500);
process.on("message", (message: ToIndexing) => {
	if (message.type === "start") void inTurn(() => start(message.request));
	else if (message.type === "watch") void inTurn(() => setWatching(message.watch));
	else if (message.type === "ask") void answer(message);
	else asked.get(message.id)?.abort();
});

/** One thing at a time: units of work and what is asked. */
function inTurn<T>(action: () => Promise<T>): Promise<T> {
	const done = turn.then(action);
	turn = done.catch(() => {});
	return done;
}

async function start(request: IndexingRequest): Promise<void> {
	const { folder } = request;
	const work =
		works.get(folder) ?? new IndexingWork({ folder, ...at, models, cutter, tell, onDue: () => void workOn() });
	works.set(folder, work);
	await work.start(request, watching);
}

async function setWatching(watch: boolean): Promise<void> {
	watching = watch;
	for (const work of works.values()) await work.setWatching(watch);
}

/** Gives each folder a unit of work in turn until none has anything to do. */
async function workOn(): Promise<void> {
	if (working) return;
	working = true;
	for (let due = dueWorks(); due.length > 0; due = dueWorks()) {
		for (const work of due) if (work.due) await inTurn(() => work.step());
	}
	working = false;
}

function dueWorks(): IndexingWork[] {
	return [...works.values()].filter((work) => work.due);
}

async function answer(message: ToIndexing & { type: "ask" }): Promise<void> {
	const { id, question, folder } = message;
	const abort = new AbortController();
	asked.set(id, abort);
	let outcome: IndexingOutcome;
	try {
		outcome = { problems: await inTurn(() => ask(question, folder, abort.signal)) };
	} catch (error) {
		outcome = { failure: failureOf(error) };
	}
	asked.delete(id);
	tell({ type: "settled", id, outcome });
}

async function ask(question: IndexingQuestion, folder: string, signal: AbortSignal): Promise<readonly string[]> {
	const work = works.get(folder);
	if (question === "verify") {
		work?.release();
		return verifyIndex(folder, { ...at, signal });
	}
	works.delete(folder);
	await work?.stop();
	if (question === "delete") removeIndex(folder, home);
	return [];
}

function tell(message: FromIndexing): void {
	if (process.connected) process.send?.(message);
}
