/**
 * What a runtime offers: compile a program once, run it many times. node.ts and web.ts alone know onnxruntime;
 * everything else sees these types.
 */
import type { DType } from "../base/dtype.ts";
import type { Program } from "../tensor/program.ts";
import type { TypedArray } from "../tensor/graph.ts";
import type { WeightSource } from "../tensor/emit.ts";

export type DeviceName = "cpu" | "webgpu" | "cuda" | "wasm";

/** A value in host memory. `data` is shared, not copied: a fetched array is written in place. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** A value that stays on the device that made it. */
export interface DeviceTensor {
  readonly location: "device";
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly release: () => void;
}

export type RuntimeTensor = HostTensor | DeviceTensor;

export interface RunOptions {
  /**
   * Host arrays to write outputs into (one per name, exact size). Feeding and fetching one array is allowed
   * for programs whose kernels read element i before they write it (optimizer updates).
   */
  readonly fetches?: Readonly<Record<string, HostTensor>>;
}

export interface Session {
  readonly run: (
    feeds: Readonly<Record<string, RuntimeTensor>>,
    options?: RunOptions,
  ) => Promise<Readonly<Record<string, RuntimeTensor>>>;
  readonly release: () => Promise<void>;
}

export interface CompileOptions {
  /** Where frozen weights lie; needed when the program has any. */
  readonly weights?: WeightSource;
  /** Folder that external weight locations are relative to. */
  readonly weightsFolder?: string;
  /** Outputs that stay on the device (ignored on cpu, where memory is one). */
  readonly keepOnDevice?: readonly string[];
}

export interface Runtime {
  readonly device: DeviceName;
  readonly compile: (program: Program, options?: CompileOptions) => Promise<Session>;
  /** Copies a device value to host memory; host values are returned as they are. */
  readonly toHost: (tensor: RuntimeTensor) => Promise<HostTensor>;
}
