/** Generation: cached decoding, sampling, stop strings. */
export {
  createGenerator,
  type GenerateOptions,
  type GenerationStatistics,
  type Generator,
  type GeneratorOptions,
} from "./engine.ts";
export { ignoredKeys } from "./generation-config.ts";
export { processLogits, sampleToken, type DrawAddress, type SamplingOptions } from "./sampling.ts";
export { type Generated } from "./sequence.ts";
export { watchStops, type StopWatch } from "./stop.ts";
