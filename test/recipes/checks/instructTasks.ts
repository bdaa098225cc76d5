/** Classification tasks of made-up words, made of a seed. */
import type { Random } from "../../../sidecar/base/random.ts";

/**
 * Tasks about texts of different topics: three nouns of the topic, and two words that praise or blame. The words of
 * praise and blame are those of all tasks; instruction and nouns of the held-out task stand in no training record.
 */
interface Task {
	readonly instruction: string;
	readonly nouns: readonly string[];
}

export const trainedTasks = 8;
export const options = ["positive", "negative"];

/** Words of three syllables, all different. */
export function words(count: number, random: Random): string[] {
	const parts = ["ba", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "za", "de", "fi", "go", "hu", "ja"];
	const found = new Set<string>();
	while (found.size < count) found.add([0, 1, 2].map(() => parts[random.below(parts.length)]!).join(""));
	return [...found];
}

export interface Example {
	readonly text: string;
	readonly label: string;
	readonly options: readonly string[];
	readonly instruction: string;
}

/** Makes records of the tasks by their number; the last is held out. */
export function exampleMaker(random: Random): (task: number) => Example {
	const all = words((trainedTasks + 1) * 21 + 40, random);
	const opinions = options.map((_, side) => all.splice(0, 20).map((word) => ({ word, side })));
	const tasks = Array.from({ length: trainedTasks + 1 }, (): Task => {
		const [name, ...nouns] = all.splice(0, 21);
		return { instruction: `What do they say of ${name}?`, nouns };
	});
	const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
	return (task) => {
		const side = random.below(options.length);
		const { instruction, nouns } = tasks[task]!;
		const text = [pick(nouns), pick(opinions[side]!).word, pick(nouns), pick(opinions[side]!).word, pick(nouns)];
		return { text: text.join(" "), label: options[side]!, options, instruction };
	};
}
