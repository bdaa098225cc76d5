import { join } from "node:path";

/** The folder of this project. */
export const house = join(import.meta.dirname, "..", "..");
