/** All aggregators: mappers of the batches that a grouper made. */
import type { MapperOperator } from "../operator.ts";
import { entityAttributeAggregator } from "./entity-attribute.ts";
import { metaTagsAggregator } from "./meta-tags.ts";
import { mostRelevantEntitiesAggregator } from "./most-relevant-entities.ts";
import { nestedAggregator } from "./nested.ts";

export const aggregators: readonly MapperOperator[] = [
  entityAttributeAggregator,
  metaTagsAggregator,
  mostRelevantEntitiesAggregator,
  nestedAggregator,
];
