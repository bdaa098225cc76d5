import type { z } from "zod";

/**
 * A request as both ends know it: `method` is `maskwright/<noun>/<verb>`, `params` and `result` check what arrives.
 * A message may gain fields in a later version: unknown fields are dropped, never refused.
 */
export interface RequestDescriptor<Params extends z.ZodType, Result extends z.ZodType> {
	readonly method: string;
	readonly params: Params;
	readonly result: Result;
}

/** A message without an answer. */
export interface NotificationDescriptor<Params extends z.ZodType> {
	readonly method: string;
	readonly params: Params;
}

export type ParamsOf<Descriptor extends { params: z.ZodType }> = z.infer<Descriptor["params"]>;
export type ResultOf<Descriptor extends { result: z.ZodType }> = z.infer<Descriptor["result"]>;

export function request<Params extends z.ZodType, Result extends z.ZodType>(
	method: string,
	params: Params,
	result: Result,
): RequestDescriptor<Params, Result> {
	return { method, params, result };
}

export function notification<Params extends z.ZodType>(method: string, params: Params): NotificationDescriptor<Params> {
	return { method, params };
}
