/**
 * The runtime on onnxruntime-web: WASM and WebGPU in browsers (and WASM in Node). The same programs as in Node;
 * weights come as bytes, since there are no files to point at.
 */
import * as ort from "onnxruntime-web";
import { createOrtRuntime } from "./ort.ts";
import type { Runtime } from "./types.ts";

export interface WebRuntimeOptions {
  readonly device?: "wasm" | "webgpu";
  /** Threads of WASM; more than one needs a cross-origin isolated page. */
  readonly threads?: number;
}

export function createWebRuntime(options: WebRuntimeOptions = {}): Runtime {
  const { device = "wasm", threads = 1 } = options;
  ort.env.wasm.numThreads = threads;
  return createOrtRuntime(ort, device, {});
}
