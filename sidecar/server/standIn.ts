import type { Jobs, JobsOptions } from "../jobs/jobs.ts";

export async function createJobs(_options: JobsOptions): Promise<Jobs> {
	const missing = async (): Promise<never> => {
		throw new Error("not built yet");
	};
	return {
		handlers: {
			doctor: missing,
			listRecipes: missing,
			previewCorpus: missing,
			listRuns: async () => [],
			startRun: missing,
			pauseRun: missing,
			resumeRun: missing,
			stopRun: missing,
			discardRun: missing,
			readRun: missing,
			listModels: async () => [],
			useModel: missing,
			deleteModel: missing,
			exportModel: missing,
		},
		activeRuns: () => 0,
		memoryBytes: () => 0,
		onChange: () => {},
		setListening: () => {},
		shutdown: async () => {},
	};
}

export function serveLanguage(_messages: unknown, _options: unknown): { dispose(): void } {
	return { dispose: () => {} };
}
