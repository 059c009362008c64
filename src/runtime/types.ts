/**
 * What a runtime offers: compile a program once, run it many times. node.ts and web.ts alone know onnxruntime;
 * everything else sees these types.
 */
import type { DType } from "../base/dtype.ts";
import type { Program } from "../tensor/program.ts";
import type { TypedArray } from "../tensor/graph.ts";
import type { StoredWeight, WeightSource } from "../tensor/emit.ts";

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

export interface Session {
  /** Runs and returns all outputs as new values. */
  readonly run: (feeds: Feeds) => Promise<Readonly<Record<string, RuntimeTensor>>>;
  /**
   * Runs and writes every output into a host array given for it (exact size); returns nothing. Needs
   * `intoTargets` at compile time. Feeding and targeting one array is allowed for programs whose kernels read
   * element i before they write it, as optimizer updates do.
   */
  readonly runInto: (feeds: Feeds, targets: Readonly<Record<string, HostTensor>>) => Promise<void>;
  readonly release: () => Promise<void>;
}

export type Feeds = Readonly<Record<string, RuntimeTensor>>;

/** A frozen weight in a file: the engine reads it there. */
export interface WeightInFile {
  readonly dtype: DType;
  readonly data: { readonly file: string; readonly offset: number; readonly length: number };
}

/** Weights as the engine takes them. */
export interface PlacedWeights {
  readonly weights?: WeightSource;
  /** What their locations are relative to. */
  readonly folder?: string;
  /** Changes when a file does; without it a program with weights is compiled anew each time. */
  readonly version?: string;
}

export interface CompileOptions {
  /** Where frozen weights lie; needed when the program has any. Files are for runtimes that have some. */
  readonly weights?: (name: string) => StoredWeight | WeightInFile;
  /** Bytes of the files that weight locations name, where there is no folder (browsers). */
  readonly weightFiles?: Readonly<Record<string, Uint8Array>>;
  /** Outputs that stay on the device (ignored on cpu, where memory is one). */
  readonly keepOnDevice?: readonly string[];
  /** Prepares the session for `runInto`. */
  readonly intoTargets?: boolean;
}

export interface Runtime {
  readonly device: DeviceName;
  /** Whether values stay on a device of their own; on the CPU memory is one, and `runInto` is the fast way. */
  readonly hasDeviceMemory: boolean;
  readonly compile: (program: Program, options?: CompileOptions) => Promise<Session>;
  /** Copies a device value to host memory; host values are returned as they are. */
  readonly toHost: (tensor: RuntimeTensor) => Promise<HostTensor>;
}
