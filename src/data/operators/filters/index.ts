/** All filters. A new one is a file here, its test, and a line in this table. */
import type { FilterOperator } from "../operator.ts";
import { alphanumericFilter } from "./alphanumeric.ts";
import { wordsNumFilter } from "./words-num.ts";

export const filters: readonly FilterOperator[] = [alphanumericFilter, wordsNumFilter];
