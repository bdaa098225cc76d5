import "../host/jitless.ts";
import { CodeSearchPanel } from "./panel.ts";

new CodeSearchPanel();
