/** All mappers. A new one is a file here, its test, and a line in this table. */
import type { MapperOperator } from "../operator.ts";
import { whitespaceNormalizationMapper } from "./whitespace-normalization.ts";

export const mappers: readonly MapperOperator[] = [whitespaceNormalizationMapper];
