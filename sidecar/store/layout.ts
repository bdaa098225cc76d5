import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

/** The files of a model folder, named as Hugging Face names them; `about` is ours. */
export const modelFiles = {
	config: "config.json",
	weights: "model.safetensors",
	tokenizer: "tokenizer.json",
	card: "README.md",
	about: "maskwright.json",
} as const;

/** The files of an adapter's folder, named as PEFT names them; beside them stand the card and `about` of a model. */
export const adapterFiles = { config: "adapter_config.json", weights: "adapter_model.safetensors" } as const;

/** The files of a checkpoint folder. */
export const checkpointFiles = {
	model: "model.safetensors",
	optimizer: "optimizer.safetensors",
	state: "state.json",
	manifest: "manifest.json",
} as const;

/**
 * The user's folder for runs and models: `MASKWRIGHT_HOME` when set, else where the platform keeps the data of
 * programs (`XDG_DATA_HOME` or `~/.local/share`, `~/Library/Application Support`, `%LOCALAPPDATA%`).
 */
export function homeFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
	const chosen = env["MASKWRIGHT_HOME"];
	if (chosen !== undefined && chosen !== "") return chosen;
	if (platform === "win32") return join(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "Maskwright");
	if (platform === "darwin") return join(homedir(), "Library", "Application Support", "Maskwright");
	const data = env["XDG_DATA_HOME"];
	// The XDG specification says that a relative path is to be ignored.
	return join(data?.startsWith("/") ? data : join(homedir(), ".local", "share"), "maskwright");
}

/** Paths below the user's folder. */
export function homeLayout(home: string = homeFolder()) {
	return {
		home,
		runs: join(home, "runs"),
		models: join(home, "models"),
		/** One small file for each run that lives elsewhere, so that it can be listed. */
		elsewhere: join(home, "runs-elsewhere"),
		modelInUse: join(home, "model-in-use.json"),
		/** A folder for each model of the hub that is being downloaded. */
		downloads: join(home, "downloads"),
		/** A folder for each source folder that is indexed, see `indexLayout`. */
		indexes: join(home, "indexes"),
	};
}

/** Paths of the sidecar, below the user's folder; nobody else can read them. */
export function sidecarLayout(home: string = homeFolder()) {
	const folder = join(home, "sidecar");
	return {
		folder,
		lock: join(folder, "lock.json"),
		log: join(folder, "log"),
		/** The runs that wait or go on, for a sidecar that comes after. */
		queue: join(folder, "queue.json"),
		socket: join(folder, "socket"),
		/** What other machines must know when it listens for them. */
		listenToken: join(folder, "listen-token"),
	};
}

/** Paths of the index of a source folder, given by its real path. A hash, since a long path cannot be a folder's name. */
export function indexLayout(folder: string, home: string = homeFolder()) {
	const index = join(homeLayout(home).indexes, createHash("sha256").update(folder).digest("hex").slice(0, 16));
	return {
		index,
		database: join(index, "index.db"),
		/** Which folder it is of, for people and for a clean-up. */
		about: join(index, "folder.json"),
		/** Held by the process that writes. */
		lock: join(index, "lock.json"),
	};
}

/** Paths below a run's folder. */
export function runLayout(run: string) {
	return {
		run,
		recipe: join(run, "recipe.json"),
		metrics: join(run, "metrics.jsonl"),
		lock: join(run, "lock.json"),
		checkpoints: join(run, "checkpoints"),
		model: join(run, "model"),
		log: join(run, "run.log"),
		/** What the sidecar that trains the run knows of it beside the recipe. */
		job: join(run, "job.json"),
		/** Which model an adapter is trained on: its weights are not in the checkpoints. */
		base: join(run, "base.json"),
		/** The packed rows and the tokenizer that the run trains with, so that it can go on whatever became of the files. */
		corpus: join(run, "corpus.safetensors"),
		tokenizer: join(run, "tokenizer.json"),
	};
}

/** The folder of the checkpoint written after `step` optimizer steps. */
export function checkpointFolder(run: string, step: number): string {
	return join(runLayout(run).checkpoints, `step-${step}`);
}

/** The step that a checkpoint folder's name tells, or undefined for any other name. */
export function checkpointStep(folderName: string): number | undefined {
	const match = /^step-(0|[1-9]\d{0,14})$/.exec(folderName);
	return match === null ? undefined : Number(match[1]);
}
