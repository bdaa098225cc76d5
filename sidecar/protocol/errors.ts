/**
 * Every error a user can meet, by its permanent name. The name is what code
 * discriminates on and what travels on the wire; the message is for people.
 */
export const errorNames = [
	"usage", // the command was called wrongly: exit code 2
	"notFound", // a folder, file, run, model or recipe that was named does not exist
	"corpusInvalid", // a corpus file that is broken, with the line where
	"emptyCorpus", // nothing to train on was left after the rules
	"recipeInvalid", // unknown key, wrong type or values that contradict each other
	"vocabularyTooLarge", // the text cannot support the vocabulary asked for
	"tokenizerInvalid", // a tokenizer file that cannot be used
	"modelInvalid", // a model folder or ONNX file that is broken or hostile
	"checkpointInvalid", // a checkpoint whose bytes do not match its manifest
	"storage", // the disk refused: full, read-only, no permission
	"indexInvalid", // an index file that is damaged: it is set aside and built anew
	"indexLocked", // another process writes the index
	"wrongState", // a run in whose state this cannot be done, such as pausing one that is done
	"runLocked", // another living process trains this run
	"unsupportedPlatform", // a part of Maskwright that has no build for this platform, or a damaged one
	"deviceUnavailable", // the device asked for cannot run a probe step
	"outOfMemory", // the device or the machine ran out of memory
	"diverged", // the loss or a tensor became NaN, infinite or jumped tenfold
	"tooLong", // a text longer than the model can hold
	"noMask", // fill was asked for a text without a mask
	"tensorMisuse", // a tensor used where it would crash or silently be wrong
	"protocolMismatch", // a client and a sidecar of different protocol versions
	"sidecarUnreachable", // a sidecar that lives and does not answer, or cannot listen where it was told to
	"hubUnreachable", // the hub does not answer, or is too busy, after several attempts
	"hubRefused", // the hub does not give what was asked for, or answers as no hub does
	"downloadInvalid", // a downloaded file that is not what the hub's list says
	"processDied", // a computing process ended unexpectedly
	"editorUnavailable", // neither VS Code nor its build for the browser could be started
	"interrupted", // stopped by the user
	"internal", // a bug of ours
] as const;

export type ErrorName = (typeof errorNames)[number];
