/** The runtime on onnxruntime-node: CPU, WebGPU (Dawn) and CUDA when its libraries are present. */
import * as ort from "onnxruntime-node";
import { createOrtRuntime, type OrtOptions } from "./ort.ts";
import type { DeviceName, Runtime } from "./types.ts";
import { placeWeights } from "./weight-files.ts";

export interface NodeRuntimeOptions {
  readonly device?: DeviceName;
  /** Threads of one operator; default: as many as the engine finds cores. */
  readonly threads?: number;
}

export function createNodeRuntime(options: NodeRuntimeOptions = {}): Runtime {
  const { device = "cpu", threads } = options;
  const session: OrtOptions = threads === undefined ? {} : { threads };
  return createOrtRuntime(ort, device, session, placeWeights);
}

export interface EngineInfo {
  readonly version: string;
  /** What the engine was built with; those not bundled need libraries of the system. */
  readonly backends: readonly { readonly name: string; readonly bundled: boolean }[];
}

/** The engine as it is installed. */
export function engineInfo(): EngineInfo {
  const { versions } = ort.env;
  return { version: versions.node ?? versions.common, backends: ort.listSupportedBackends() };
}
