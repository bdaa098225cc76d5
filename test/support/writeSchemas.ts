/** `npm run schemas`: writes the JSON schemas of the outputs to `docs/schemas`. */
import { writeSchemas } from "./schemaFiles.ts";

writeSchemas();
