/** All deduplicators. A new one is a file here, its test, and a line in this table. */
import type { DeduplicatorOperator } from "../operator.ts";
import { documentMinhashDeduplicator } from "./document-minhash.ts";
import { documentSimhashDeduplicator } from "./document-simhash.ts";
import { documentDeduplicator } from "./document.ts";
import { imageDeduplicator } from "./image.ts";

export const deduplicators: readonly DeduplicatorOperator[] = [
  documentDeduplicator,
  documentMinhashDeduplicator,
  documentSimhashDeduplicator,
  imageDeduplicator,
];
