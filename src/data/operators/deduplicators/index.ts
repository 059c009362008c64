/** All deduplicators. A new one is a file here, its test, and a line in this table. */
import type { DeduplicatorOperator } from "../operator.ts";

export const deduplicators: readonly DeduplicatorOperator[] = [];
