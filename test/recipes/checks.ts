import { biphasicCheck } from "./checks/biphasic.ts";
import { codeMlmLoraCheck } from "./checks/codeMlmLora.ts";
import { electra } from "./checks/electra.ts";
import { ernieGramCheck } from "./checks/ernieGram.ts";
import { instructCheck } from "./checks/instruct.ts";
import { lemCheck, lemParaCheck } from "./checks/lem.ts";
import { pepmlmCheck } from "./checks/pepmlm.ts";
import { sapCheck } from "./checks/sap.ts";
import { starbucks, starbucksSearchCheck } from "./checks/starbucks.ts";
import type { LearningCheck } from "./learningCheck.ts";

/** The learning checks of all recipes that are a paper's. */
export const checks: readonly LearningCheck[] = [
	biphasicCheck,
	electra,
	ernieGramCheck,
	starbucks,
	starbucksSearchCheck,
	sapCheck,
	pepmlmCheck,
	instructCheck,
	lemCheck,
	lemParaCheck,
	codeMlmLoraCheck,
];
