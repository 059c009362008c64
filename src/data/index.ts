/** Data: rows of every accepted shape from files, their checks, sampling, packing and collation. */
export { collate, type Batch, type CollateOptions, type CollateSample } from "./collate.ts";
export { collatePrompts, type PromptBatch } from "./collate-prompts.ts";
export { standardColumns } from "./columns.ts";
export { loadRows, type DatasetSource, type LoadedRows, type LoadRowsOptions } from "./dataset.ts";
export { stoppingStrategies, type StoppingStrategy } from "./mixing.ts";
export { packers, packSamples, packSequential, type Packer } from "./packing.ts";
export { readRow, tryReadRow, type Purpose, type Row, type RowOptions, type RowProblem } from "./row.ts";
export { createSampler, epochOrder, stepsPerEpoch, type Sampling } from "./samplers/epochs.ts";
export { shapes } from "./shapes/index.ts";
export type { Shape } from "./shapes/shape.ts";
export { filesOf, parseDatasetSpec, readSource, type SourceRow, type Split } from "./source.ts";
export { createTally, type DroppedRows, type Tally } from "./tally.ts";
