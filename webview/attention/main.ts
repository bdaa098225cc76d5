import "../host/jitless.ts";
import { AttentionPanel } from "./panel.ts";

new AttentionPanel();
