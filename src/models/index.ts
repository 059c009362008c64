/** Models: the public face of models/. */
export { readConfig, type DecoderConfig, type JsonObject, type ReadConfigOptions } from "./config.ts";
export {
  countParameters,
  createParameters,
  frozenLeaf,
  linearModules,
  parameterSpecs,
  trainableLeaf,
  type LinearModule,
  type Parameters,
  type ParameterSpec,
} from "./parameters.ts";
export {
  decoderHidden,
  decoderStep,
  headWeight,
  logits,
  type DecoderInputs,
  type LayerCache,
  type StepInputs,
  type StepOutputs,
} from "./decoder.ts";
export {
  createLora,
  dropoutRow,
  initialLora,
  withLora,
  type Lora,
  type LoraModule,
  type LoraOptions,
} from "./adapters/lora.ts";
export { createForward, type Forward } from "./forward.ts";
export {
  frozenParameters,
  loadAdapter,
  loadCheckpoint,
  loadModel,
  modelWeights,
  type Checkpoint,
  type LoadedAdapter,
  type LoadedModel,
  type LoadModelOptions,
} from "./load.ts";
export { mergeLora, verifyMerge, type MergeCheck, type MergeOptions } from "./merge.ts";
export { readCarriedFiles, saveAdapter, saveFullModel, type SaveDType } from "./save.ts";
export { readParameters, weightSource, type TensorTable, type WeightPlaces } from "./weights.ts";
