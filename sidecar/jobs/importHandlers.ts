import { startTask } from "../compute/startTask.ts";
import type { Notify } from "../protocol/methods.ts";
import type { JobHandlers } from "./handlers.ts";
import { absolute } from "./paths.ts";

/** What takes in models from elsewhere; each call is a process of its own. `onModel` is told when there is a new one. */
export function importHandlers({
	home,
	notify,
	onModel,
}: {
	home: string | undefined;
	notify: Notify;
	onModel: () => void;
}): Pick<JobHandlers, "importModel" | "planDownload" | "downloadModel"> {
	const at = home === undefined ? {} : { home };
	return {
		importModel: async ({ folder, name }, { signal }) => {
			const named = name === undefined ? {} : { name };
			const report = await startTask({ task: "import", folder: absolute(folder), ...named, ...at }, signal);
			onModel();
			return report;
		},
		planDownload: async (model, { signal }) => {
			const { files, ...plan } = await startTask({ task: "hubPlan", model }, signal);
			return { ...plan, files: files.length };
		},
		downloadModel: async ({ name, ...model }, { signal }) => {
			const options = { ...at, ...(name === undefined ? {} : { name }) };
			const report = await startTask({ task: "download", model, options }, signal, (progress) =>
				notify("downloadProgress", { model: model.model, ...progress }),
			);
			onModel();
			return report;
		},
	};
}
