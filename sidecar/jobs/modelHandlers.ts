import { startTask } from "../compute/startTask.ts";
import { type ExportFormat, type ExportReport, modelsSchema } from "../protocol/outputs.ts";
import { useModel, useNewModel } from "../store/modelInUse.ts";
import { findModel, listModelsInTurn, removeModel } from "../store/models.ts";
import type { JobHandlers, Log } from "./handlers.ts";
import { absolute } from "./paths.ts";

export interface ModelHandlers {
	readonly handlers: Pick<JobHandlers, "listModels" | "useModel" | "deleteModel" | "exportModel">;
	/** Makes the model of a run that is done the one in use, unless it is for search alone. A user's folder that cannot be written is only told of. */
	readonly useNew: (path: string) => void;
}

/** What can be asked about models; `onChange` is told when the list or the model in use has changed. */
export function modelHandlers({
	home,
	log,
	onChange,
}: {
	home: string | undefined;
	log: Log;
	onChange: () => void;
}): ModelHandlers {
	const at = home === undefined ? {} : { home };
	return {
		handlers: {
			listModels: async () => modelsSchema.parse(await listModelsInTurn(at)),
			useModel: async ({ model }) => {
				useModel(findModel(model, at), at);
				onChange();
				return {};
			},
			deleteModel: async ({ model }) => {
				removeModel(findModel(model, at), at);
				onChange();
				return {};
			},
			exportModel: async ({ model, folder, format }) => exportInChild(findModel(model, at), absolute(folder), format),
		},
		useNew: (path) => {
			try {
				useNewModel(path, at);
			} catch (error) {
				log("warn", `The new model is not the one in use: ${error instanceof Error ? error.message : String(error)}`);
			}
			onChange();
		},
	};
}

/** Never taken back: a process that is killed would leave half a folder under another name. */
function exportInChild(path: string, folder: string, format: ExportFormat): Promise<ExportReport> {
	return startTask({ task: "export", path, format, folder }, new AbortController().signal);
}
