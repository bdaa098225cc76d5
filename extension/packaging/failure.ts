/** Why no package was made: one sentence that says what happened and what to do. */
export class PackagingFailure extends Error {
	override readonly name = "PackagingFailure";
}
