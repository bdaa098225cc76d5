import "../host/jitless.ts";
import { LossCurvesPanel } from "./panel.ts";

new LossCurvesPanel();
