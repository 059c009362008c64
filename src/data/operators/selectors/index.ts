/** All selectors. A new one is a file here, its test, and a line in this table. */
import type { SelectorOperator } from "../operator.ts";
import { frequencySpecifiedFieldSelector } from "./frequency-specified-field.ts";
import { randomSelector } from "./random.ts";
import { rangeSpecifiedFieldSelector } from "./range-specified-field.ts";
import { tagsSpecifiedFieldSelector } from "./tags-specified-field.ts";
import { topkSpecifiedFieldSelector } from "./topk-specified-field.ts";

export const selectors: readonly SelectorOperator[] = [
  frequencySpecifiedFieldSelector,
  randomSelector,
  rangeSpecifiedFieldSelector,
  tagsSpecifiedFieldSelector,
  topkSpecifiedFieldSelector,
];
