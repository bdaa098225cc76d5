import assert from "node:assert/strict";
import { test } from "node:test";
import { CancellationTokenSource } from "vscode-jsonrpc/node";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { useModel } from "../../../sidecar/store/modelInUse.ts";
import { connectTo, serveAt } from "../../support/servedSidecar.ts";
import { saveInHome } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinyFillModel } from "../../support/tinyFillModel.ts";

test("pings are answered while a long file is inspected, and a request that is cancelled says so", async (context) => {
	const home = temporaryFolder(context);
	const parts = await tinyFillModel(["a = b + 1\nprint(a)\n"], { vocabularySize: 268, steps: 2 });
	useModel(saveInHome(home, "tiny", parts), { home });
	const { address } = await serveAt(context, home);
	const client = await connectTo(context, address);
	const text = Array.from({ length: 3000 }, (_, line) => `a${line} = b + ${line * line}\n`).join("");
	const cancel = new CancellationTokenSource();
	const params = { text, milliseconds: 60_000 };
	let scoring = true;
	const whole = client.connection.sendRequest(requests.inspectSurprisal.method, params, cancel.token).finally(() => {
		scoring = false;
	});
	const refused = assert.rejects(whole, { code: -32_800 });
	for (let ping = 0; ping < 20; ping++) assert.deepEqual(await client.ask("ping"), {});
	assert.ok(scoring);
	cancel.cancel();
	await refused;
	const masks = await client.ask("inspectMasks", { text: "a = b\n" });
	assert.equal(masks.placed, "alone");
});
