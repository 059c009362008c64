/** Generation: cached decoding, sampling, stop strings. */
export { createGenerator, type Generated, type GenerateOptions, type Generator } from "./engine.ts";
export { sampleToken, type SamplingOptions } from "./sampling.ts";
