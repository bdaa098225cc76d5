import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import { floats, tensor } from "../../../sidecar/session/tensor.ts";
import { latestCheckpoint } from "../../../sidecar/store/checkpoints.ts";
import { restoreCheckpoint } from "../../../sidecar/train/checkpointing.ts";
import type { ModelState } from "../../../sidecar/train/modelState.ts";
import { phaseRecipes, withoutFirstPhases } from "../../../sidecar/train/phaseRecipes.ts";
import { parseRecipe, type Recipe } from "../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { lossesOf, runTiny, tinyRecipe } from "../../support/tinyRun.ts";

const causalObjective = { name: "causalLm", share: 1, attention: "causal" } as const;

/** Four causal steps, then four masked ones. */
function phased(...overrides: string[]): Recipe {
	const phases = [
		{ name: "causal", share: 0.5, fromNothingOnly: true, objective: causalObjective },
		{ name: "masked", share: 0.5 },
	];
	return tinyRecipe(`phases=${JSON.stringify(phases)}`, "model.layers=1", ...overrides);
}

function bytesOf(model: ModelState): Map<string, Buffer> {
	const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
	return new Map(sorted.map(([name, value]) => [name, Buffer.from(floats(value).buffer.slice(0))]));
}

const phaseEvents = (events: readonly TrainingEvent[]) => events.filter(({ event }) => event === "phase");

for (const kind of ["adamw", "muon"]) {
	test(`at a switch weights and optimizer state are carried over and the loss is another (${kind})`, async (context) => {
		// A constant rate, so that runs of parts have the rate of the whole.
		const same = ["model.layers=1", `optimizer={"kind":"${kind}"}`, 'schedule={"kind":"constant","warmupSteps":2}'];
		const whole = await runTiny({ recipe: phased(...same), folder: temporaryFolder(context) });
		// The same by hand: a run of the causal recipe alone, and a masked one that goes on with its state.
		const causalRecipe = tinyRecipe(
			`objective=${JSON.stringify(causalObjective)}`,
			"objective.name=causalLm",
			...same,
			'train.budget={"steps":4}',
		);
		const causal = await runTiny({ recipe: causalRecipe, folder: temporaryFolder(context) });
		const start = { model: causal.result.model, state: causal.result.state };
		const held = new Map([...start.model].map(([name, value]) => [name, floats(value).slice()]));
		const masked = await runTiny({ recipe: tinyRecipe(...same), folder: temporaryFolder(context), start });
		assert.deepEqual(lossesOf(whole.events), [...lossesOf(causal.events), ...lossesOf(masked.events)]);
		assert.deepEqual(bytesOf(whole.result.model), bytesOf(masked.result.model));
		// Without the moments it is another run: the check above would see that they were lost.
		const forgetful: ModelState = new Map(
			[...start.model].map(([name, value]) => {
				const isMoment = /\.(exp_avg|exp_avg_sq|momentum_buffer)$/.test(name);
				return [name, tensor(isMoment ? new Float32Array(held.get(name)!.length) : held.get(name)!, value.shape)];
			}),
		);
		const broken = { model: forgetful, state: start.state };
		const other = await runTiny({ recipe: tinyRecipe(...same), folder: temporaryFolder(context), start: broken });
		assert.notDeepEqual(bytesOf(other.result.model), bytesOf(masked.result.model));
	});
}

for (const budget of ['{"steps":8}', '{"tokens":2048}']) {
	test(`a run that stops around a switch and goes on is bitwise the run that was never interrupted: ${budget}`, async (context) => {
		const recipe = phased(`train.budget=${budget}`);
		const whole = await runTiny({ recipe, folder: temporaryFolder(context) });
		for (const pauseAfter of [3, 4, 5]) {
			const folder = temporaryFolder(context);
			const first = await runTiny({ recipe, folder, pauseAfter });
			const start = restoreCheckpoint(latestCheckpoint(folder)!);
			assert.equal(start.state.phase, pauseAfter <= 4 ? "causal" : "masked");
			const second = await runTiny({ recipe, folder, start });
			assert.deepEqual([...lossesOf(first.events), ...lossesOf(second.events)], lossesOf(whole.events));
			assert.deepEqual(bytesOf(second.result.model), bytesOf(whole.result.model));
			assert.deepEqual(phaseEvents([...first.events, ...second.events]), phaseEvents(whole.events));
		}
	});
}

test("events say which phase a step was taken in, and when one begins", async (context) => {
	const { events } = await runTiny({ recipe: phased("evaluation.everySteps=2"), folder: temporaryFolder(context) });
	assert.deepEqual(phaseEvents(events), [
		{ event: "phase", step: 1, phase: "causal", objective: "causalLm", attention: "causal" },
		{ event: "phase", step: 5, phase: "masked", objective: "maskedLm", attention: "full" },
	]);
	const told = events.flatMap((event) => (event.event === "step" ? [event.phase] : []));
	assert.deepEqual(told, [...Array(4).fill("causal"), ...Array(4).fill("masked")]);
	const scores = events.flatMap((event) => (event.event === "evaluation" ? [event] : []));
	assert.deepEqual(
		scores.map(({ step, causalLoss }) => [step, typeof causalLoss]),
		[
			[2, "number"],
			[4, "number"],
			[6, "undefined"],
			[8, "undefined"],
		],
	);
	for (const { loss } of scores) assert.ok(Number.isFinite(loss));
	const plain = await runTiny({ recipe: tinyRecipe(), folder: temporaryFolder(context) });
	assert.ok(plain.events.every((event) => event.event !== "phase" && !("phase" in event)));
});

test("the guard takes the jump of the loss at a switch for none, and one within a phase for a divergence", async (context) => {
	const recipe = phased();
	const outcomeAfter = async (pauseAfter: number): Promise<string> => {
		const folder = temporaryFolder(context);
		await runTiny({ recipe, folder, pauseAfter });
		const { model, state } = restoreCheckpoint(latestCheckpoint(folder)!);
		// As if the loss had long been tiny: that of the next step is more than ten times as high.
		const settled = { ...state, guard: { average: 0.01, steps: 100 } };
		return (await runTiny({ recipe, folder, start: { model, state: settled } })).result.outcome;
	};
	assert.equal(await outcomeAfter(4), "done");
	assert.equal(await outcomeAfter(3), "diverged");
	assert.equal(await outcomeAfter(5), "diverged");
});

test("early stopping counts in the last phase alone", async (context) => {
	const recipe = phased("evaluation.everySteps=1", "evaluation.patience=1", "train.learningRate=1e-12");
	const { result } = await runTiny({ recipe, folder: temporaryFolder(context) });
	assert.equal(result.state.steps, 6);
});

test("phases take exactly their share of the steps, however their shares add up", async (context) => {
	const objective = causalObjective;
	const phases = [0.1, 0.2, 0.7].map((share, index) => ({
		name: `p${index}`,
		share,
		...(index < 2 ? { objective } : {}),
	}));
	const recipe = tinyRecipe(`phases=${JSON.stringify(phases)}`, 'train.budget={"steps":10}');
	const { events } = await runTiny({ recipe, folder: temporaryFolder(context) });
	assert.deepEqual(
		phaseEvents(events).map((event) => "step" in event && event.step),
		[1, 2, 4],
	);
});

test("micro-batches of both phases give the losses of whole batches", async (context) => {
	const whole = await runTiny({ recipe: phased(), folder: temporaryFolder(context) });
	const parts = await runTiny({ recipe: phased("train.microBatchTokens=64"), folder: temporaryFolder(context) });
	const expected = lossesOf(whole.events);
	lossesOf(parts.events).forEach((loss, step) => {
		assert.ok(Math.abs(loss - expected[step]!) < 2e-4 * expected[step]!);
	});
});

test("going on from a model leaves out the phases that only a run from nothing has", () => {
	const [only, ...others] = phaseRecipes(withoutFirstPhases(phased()));
	assert.deepEqual([only?.name, only?.until, others.length], ["masked", 1, 0]);
	assert.deepEqual(withoutFirstPhases(tinyRecipe()), tinyRecipe());
});

test("a phase is the recipe with its objective and masking in place", () => {
	const masking = {
		strategies: [{ name: "wholeWord", weight: 1 }],
		rate: 0.4,
		replacement: { mask: 1, random: 0, keep: 0 },
	};
	const phases = [
		{ name: "a", share: 0.5, objective: causalObjective },
		{ name: "b", share: 0.5, masking },
	];
	const [first, second] = phaseRecipes(tinyRecipe(`phases=${JSON.stringify(phases)}`)).map(({ recipe }) => recipe);
	assert.deepEqual(first?.objective, causalObjective);
	assert.ok(first !== undefined && !("masking" in first) && !("phases" in first && first.phases));
	assert.deepEqual(second !== undefined && "masking" in second && second.masking, masking);
});

test("phases that contradict themselves are refused in a sentence", () => {
	const refused = (phases: unknown, pattern: RegExp): void => {
		assert.throws(() => parseRecipe({ ...tinyRecipe(), phases }), { name: "recipeInvalid", message: pattern });
	};
	const objective = causalObjective;
	refused([{ name: "a", share: 0.5 }], /shares of its phases sum to 0\.5, not to 1/);
	refused(
		[
			{ name: "a", share: 0.5 },
			{ name: "a", share: 0.5 },
		],
		/two of its phases have the name a/,
	);
	refused([{ name: "a", share: 1, objective }], /last phase has the objective causalLm, and the recipe maskedLm/);
	refused([{ name: "a", share: 1, fromNothingOnly: true }], /last phase is fromNothingOnly/);
	refused([], /phases/);
	refused([{ name: "a", share: 1, attention: "causal" }], /unknown key phases\.0\.attention/);
	refused([{ name: "a", share: 1, objective: { name: "causalLm", attention: "full" } }], /phases\.0\.objective/);
	const causal = applyOverrides(tinyRecipe(), ["objective.name=causalLm"]);
	const masked = { name: "m", share: 0.5, objective: { name: "maskedLm", rows: "masked" } };
	assert.throws(
		() => parseRecipe({ ...causal, phases: [masked, { name: "c", share: 0.5 }] }),
		/phase m masks tokens and has no masking/,
	);
});
