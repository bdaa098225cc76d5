import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createAskAgain } from "../../../extension/fill/askAgain.ts";

function asking(t: TestContext, isMissing: (asked: number) => boolean) {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	let asked = 0;
	const askAgain = createAskAgain({ isMissing: () => isMissing(asked), ask: () => asked++ });
	return { askAgain, asked: () => asked, wait: (milliseconds: number) => t.mock.timers.tick(milliseconds) };
}

test("a fill that does not come is asked for three times more, ever later", (t) => {
	const { askAgain, asked, wait } = asking(t, () => true);
	askAgain.edited();
	const after: number[] = [];
	for (const milliseconds of [1499, 1, 2999, 1, 5999, 1, 60_000]) {
		wait(milliseconds);
		after.push(asked());
	}
	assert.deepEqual(after, [0, 1, 1, 2, 2, 3, 3]);
});

test("one that is there, or on its way, is not asked for, and one that gets lost later is", (t) => {
	let missing = false;
	const { askAgain, asked, wait } = asking(t, () => missing);
	askAgain.edited();
	wait(1500);
	assert.equal(asked(), 0);
	missing = true;
	wait(3000);
	assert.equal(asked(), 1);
});

test("each edit begins anew, and after the end nothing is asked", (t) => {
	const { askAgain, asked, wait } = asking(t, () => true);
	askAgain.edited();
	wait(1400);
	askAgain.edited();
	wait(1400);
	assert.equal(asked(), 0);
	wait(100);
	assert.equal(asked(), 1);
	askAgain.dispose();
	wait(60_000);
	assert.equal(asked(), 1);
});
