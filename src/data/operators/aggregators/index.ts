/** All aggregators: mappers of the batches that a grouper made. */
import type { MapperOperator } from "../operator.ts";

export const aggregators: readonly MapperOperator[] = [];
