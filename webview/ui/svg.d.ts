/** The bundle holds an icon as its text. */
declare module "*.svg" {
	const text: string;
	export = text;
}
