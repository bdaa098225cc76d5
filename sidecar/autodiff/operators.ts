import type { Operator, OperatorTable } from "./operator.ts";
import { binary } from "./operators/binary.ts";
import { indexing } from "./operators/indexing.ts";
import { linearAlgebra } from "./operators/linearAlgebra.ts";
import { normalization } from "./operators/normalization.ts";
import { reductions } from "./operators/reductions.ts";
import { shape } from "./operators/shape.ts";
import { unary } from "./operators/unary.ts";
import type { AnySignature, OpName } from "./signatures.ts";

/** One row for every operator of `Signatures`; leaving one out does not compile. */
export const operators: OperatorTable = {
	...unary,
	...binary,
	...linearAlgebra,
	...reductions,
	...normalization,
	...indexing,
	...shape,
};

/** A row as code sees it that treats all operators alike. */
export function operatorOf(op: OpName): Operator<AnySignature> {
	return operators[op] as unknown as Operator<AnySignature>;
}
