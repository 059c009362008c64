/** All groupers, and what undoes them. A new one is a file here, its test, and a line in this table. */
import type { GrouperOperator, MapperOperator } from "../operator.ts";
import { keyValueGrouper } from "./key-value.ts";
import { naiveReverseGrouper } from "./naive-reverse.ts";
import { naiveGrouper } from "./naive.ts";

export const groupers: readonly (GrouperOperator | MapperOperator)[] = [
  keyValueGrouper,
  naiveGrouper,
  naiveReverseGrouper,
];
