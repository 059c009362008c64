/** The table of operators, by name. Operators are added to the table of their kind. */
import { aggregators } from "./aggregators/index.ts";
import { deduplicators } from "./deduplicators/index.ts";
import { filters } from "./filters/index.ts";
import { groupers } from "./groupers/index.ts";
import { mappers } from "./mappers/index.ts";
import type { Operator } from "./operator.ts";
import { selectors } from "./selectors/index.ts";

export const operators: ReadonlyMap<string, Operator> = new Map(
  [...filters, ...mappers, ...deduplicators, ...selectors, ...groupers, ...aggregators].map((operator) => [
    operator.name,
    operator,
  ]),
);
