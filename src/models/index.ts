/** Models: the public face of models/. */
export { frozenLeaf, trainableLeaf } from "./access.ts";
export { frozenAccess, modelWeights, weightSource, type StoredModel, type StoredTensor } from "./bound.ts";
export { readModel, type JsonObject, type ReadConfigOptions } from "./config.ts";
export { countParameters, describe, type CacheSpec, type Description } from "./describe.ts";
export { createForward, type Forward } from "./forward.ts";
export {
  loadAdapter,
  loadCheckpoint,
  loadModel,
  type Checkpoint,
  type LoadedAdapter,
  type LoadedModel,
  type LoadModelOptions,
} from "./load.ts";
export { mergeLora, refuseDifference, storedDType, verifyMerge, type MergeCheck, type MergeOptions } from "./merge.ts";
export { finalHidden, headLogits, runBlocks, type Block, type Facts, type Model, type Values } from "./model.ts";
export { cachedPass, causalPass, type LayerCache } from "./pass.ts";
export { readCarriedFiles, saveAdapter, saveFullModel, type SaveDType } from "./save.ts";
export {
  createScope,
  type Access,
  type Interceptor,
  type LinearModule,
  type ParameterSpec,
  type Scope,
} from "./scope.ts";
export { readParameters, type TensorTable } from "./weights.ts";
export { endIds } from "./stop-ids.ts";
export { tuners } from "./tuners/index.ts";
export type { AdapterTuning, Tuner, TunerSettings, Tuning } from "./tuners/tuner.ts";
