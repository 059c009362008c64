/** All groupers. A new one is a file here, its test, and a line in this table. */
import type { GrouperOperator } from "../operator.ts";
import { keyValueGrouper } from "./key-value.ts";
import { naiveGrouper } from "./naive.ts";

export const groupers: readonly GrouperOperator[] = [keyValueGrouper, naiveGrouper];
