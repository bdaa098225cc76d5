import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { masksSchema } from "../../../sidecar/protocol/inspect/masks.ts";
import { loadCorpus } from "../../../sidecar/train/corpusFile.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinySettings } from "../../support/tinyTraining.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const flags = [...tinySettings, "--steps", "2", "--device", "cpu", "--threads", "1"];

/** Files of documented functions. */
function writeCode(folder: string): void {
	mkdirSync(folder, { recursive: true });
	for (let file = 0; file < 12; file++) {
		const functions = [0, 1, 2].map(
			(at) =>
				`def area_${file}_${at}(side: Width) -> Area:\n    """Returns the area of square number ${file} and ${at}."""\n    return multiply(side, side)\n`,
		);
		writeFileSync(join(folder, `file${file}.py`), functions.join("\n\n"));
	}
}

test("lem trains on names, calls and types, masks shows them by class, and lem-para goes on with pairs", async (context) => {
	const home = temporaryFolder(context);
	useUserFolder(context, home);
	const corpus = join(home, "code");
	writeCode(corpus);
	const out = join(home, "one");
	const trained = await callCli(["train", corpus, "--recipe", "lem", ...flags, "--out", out, "--json"]);
	assert.equal(trained.exitCode, 0, trained.stderr);
	const asked = ["masks", join(corpus, "file1.py"), "--model", join(out, "model")];
	const { tokens, counts, rate, strategies } = masksSchema.parse(
		JSON.parse((await callCli([...asked, "--json"])).stdout),
	);
	assert.deepEqual([rate, strategies], [null, ["entity"]]);
	const chosen = tokens.filter(({ strategy }) => strategy === "entity");
	// One of each, and one more where the end of a row cuts a name.
	assert.ok([3, 4, 5].includes(counts.classes!["call"]!), JSON.stringify(counts));
	assert.ok([6, 7, 8].includes(counts.classes!["type"]!), JSON.stringify(counts));
	assert.ok(chosen.every(({ spanClass }) => typeof spanClass === "string" && spanClass !== "keyword"));
	assert.equal(
		Object.values(counts.classes!).reduce((sum, count) => sum + count, 0),
		chosen.length,
	);
	const table = await callCli(asked);
	assert.match(table.stdout, /by entity +\d+/);
	assert.match(table.stdout, /of call +\d /);

	const second = join(home, "two");
	const args = ["train", corpus, "--recipe", "lem-para", "--from", join(out, "model"), ...flags, "--out", second];
	const para = await callCli([...args, "--json"]);
	assert.equal(para.exitCode, 0, para.stderr);
	const done = JSON.parse(para.stdout.trim().split("\n").at(-1)!) as { heldOut: { bitext: Record<string, number> } };
	assert.ok(done.heldOut.bitext["pairs"]! >= 2);
	const { train, tokenizer } = loadCorpus(second);
	const separators = train.tokens.subarray(0, 32).filter((id) => id === tokenizer.special.sep).length;
	assert.equal(separators, 2, "documentation and code in one row");
});

test("Bad spans, corpora without any, and positions that nothing has are a sentence, and leave nothing", async (context) => {
	const home = temporaryFolder(context);
	useUserFolder(context, home);
	const corpus = join(home, "code");
	writeCode(corpus);
	const refused = async (recipe: string, set: string[], expected: RegExp): Promise<void> => {
		const out = join(home, "refused");
		const settings = set.flatMap((setting) => ["--set", setting]);
		const result = await callCli(["train", corpus, "--recipe", recipe, ...flags, ...settings, "--out", out]);
		assert.ok(result.exitCode === 1 || result.exitCode === 2);
		assert.match(result.stderr, expected);
		assert.ok(!existsSync(out));
	};
	writeFileSync(join(home, "spans.jsonl"), '{"path":"file1.py","start":0,"end":3,"tag":"person"}\n');
	const file = 'masking.annotators=[{"name":"file","path":"spans.jsonl"}]';
	await refused("lem", [file], /Line 1, column 38 of .*spans\.jsonl is no span: there is no tag "person"; tags are /);
	writeFileSync(join(home, "spans.jsonl"), '{"path":"file1.py","start":0,"end":99999,"tag":"noun"}\n');
	await refused("lem", [file], /Line 1, column 30 .* it ends at 99999, and file1\.py has \d+ UTF-16 code units/);
	const nouns = 'masking.strategies=[{"name":"entity","rates":{"noun":1}}]';
	const code = 'masking.annotators=[{"name":"treeSitter"}]';
	await refused("lem", [nouns, code], /No text here has a span of the classes noun, so there is nothing to mask/);
	await refused("lem", ['masking.strategies=[{"name":"entity","rates":{"nown":1}}]'], /nown/);
	await refused("lem-para", ["data.pairPositions=restarted"], /positionEmbedding "absolute"/);
	await refused("lem", ["data.pairPositions=restarted"], /is for pairs, and data\.reader \(text\) reads none/);
});
