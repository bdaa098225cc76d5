import "../host/jitless.ts";
import { MaskingInspectorPanel } from "./panel.ts";

new MaskingInspectorPanel();
