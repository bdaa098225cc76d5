import * as z from "zod";
import { extensionMessages, panelMessages } from "./messages.ts";

/** The requests of the sidecar that the loss curves panel may make through the extension. */
export const lossCurvesRequests = ["listRuns", "readRun", "pauseRun", "resumeRun", "stopRun"] as const;

/** The notifications of the sidecar that the extension passes on to it. */
export const lossCurvesNotifications = ["runEvent", "runChanged"] as const;

/** From the loss curves panel to the extension. */
export const lossCurvesToExtensionSchema = z.discriminatedUnion("kind", [
	panelMessages.ready,
	panelMessages.request,
	panelMessages.save,
	/** Starts the command that trains on the workspace. */
	z.object({ kind: z.literal("train") }),
	/** Starts a command on the folder of a run, or on that of its model to use it. */
	z.object({ kind: z.literal("act"), action: z.enum(["useModel", "discardRun"]), path: z.string() }),
	/** The runs that are drawn, for the tab's title. */
	z.object({ kind: z.literal("showing"), runs: z.array(z.string()).describe("Names") }),
]);

/** From the extension to the loss curves panel. */
export const lossCurvesToPanelSchema = z.discriminatedUnion("kind", [
	extensionMessages.result,
	extensionMessages.error,
	extensionMessages.notification,
	extensionMessages.sidecar,
	/** Draw these runs alone; none: what the panel drew before, else the run that trains, else the newest. */
	z.object({ kind: z.literal("show"), paths: z.array(z.string()) }),
]);

export type LossCurvesToExtension = z.infer<typeof lossCurvesToExtensionSchema>;
export type LossCurvesToPanel = z.infer<typeof lossCurvesToPanelSchema>;
