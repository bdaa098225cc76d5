/** The system's name of an error, such as `EACCES`. */
export function errorCode(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
