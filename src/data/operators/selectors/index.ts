/** All selectors. A new one is a file here, its test, and a line in this table. */
import type { SelectorOperator } from "../operator.ts";

export const selectors: readonly SelectorOperator[] = [];
