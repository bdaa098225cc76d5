import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { operatorOf } from "../../../sidecar/autodiff/operators.ts";
import { breakRule, type Errors, type Mutation, measure, type Subject } from "../../support/gradientCheck.ts";
import { compositeSubjects, composites, operatorSubjects, opNames } from "../../support/gradientSubjects.ts";

const tolerance = 1e-4; // worst error relative to the largest element of the tensor, in float32

for (const op of opNames) {
	test(`${op} has the shapes, values and gradients of its mathematics`, () => checkAll(operatorSubjects(op)));
}

for (const name of Object.keys(composites)) {
	test(`${name} has the shapes, values and gradients of its mathematics`, () => checkAll(compositeSubjects(name)));
}

test("a gradient rule that is broken turns the check red, for every rule of the table", async () => {
	const survivors: string[] = [];
	for (const op of opNames) {
		const row = operatorOf(op);
		const names = row.inputs.filter((name) => row.gradients[name] !== "zero");
		for (const name of names) await tryMutations(op, row.inputs.indexOf(name), operatorSubjects(op), survivors);
	}
	assert.deepEqual(survivors, []);
});

test("a gradient rule that is broken turns the check red, for every composite", async () => {
	const survivors: string[] = [];
	for (const [name, { positions }] of Object.entries(composites)) {
		for (const position of positions) await tryMutations(name, position, compositeSubjects(name), survivors);
	}
	assert.deepEqual(survivors, []);
});

test("every composite of the project is among those checked", () => {
	const folder = new URL("../../../sidecar/", import.meta.url);
	const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
	const names = sources.flatMap((path) => {
		const text = readFileSync(new URL(path.replaceAll("\\", "/"), folder), "utf8");
		return [...text.matchAll(/\bcomposite\(\{\s*name: "(\w+)"/g)].map((match) => match[1]);
	});
	assert.deepEqual(names.sort(), Object.keys(composites).sort());
});

async function checkAll(subjects: readonly Subject[]): Promise<void> {
	assert.ok(subjects.length > 0, "there are no cases");
	for (const subject of subjects) {
		const errors = await measure(subject);
		assert.ok(isGreen(errors), `${subject.name}: ${JSON.stringify(errors)}`);
	}
}

/** Adds the mutations that no case notices to `survivors`. */
async function tryMutations(
	entry: string,
	position: number,
	subjects: readonly Subject[],
	survivors: string[],
): Promise<void> {
	for (const how of ["scaled", "dropped"] as const) {
		const mutate = breakRule(entry, position, how);
		let noticed = false;
		for (const subject of subjects) {
			const applies = subject.inputs[position]?.dtype === "float32";
			if (applies && !noticed) noticed = await isRed(subject, mutate);
		}
		if (!noticed) survivors.push(`${entry} ${position} ${how}`);
	}
}

async function isRed(subject: Subject, mutate: Mutation): Promise<boolean> {
	return !isGreen(await measure(subject, { mutate }));
}

function isGreen({ forward, gradient }: Errors): boolean {
	return forward <= tolerance && gradient <= tolerance;
}
