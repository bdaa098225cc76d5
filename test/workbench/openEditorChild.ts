/** What `npm start` does once it has trained: `node openEditorChild.ts FOLDER DATA`. */
import { openEditor } from "../../sidecar/cli/editor/openEditor.ts";
import { runAsProcess } from "../../sidecar/cli/runAsProcess.ts";
import { house } from "./house.ts";

const [folder = "", data = ""] = process.argv.slice(2);
await runAsProcess(
	async (context) => {
		await openEditor(folder, { ...context, house, data });
		return 0;
	},
	{ stopsInOrder: true },
);
