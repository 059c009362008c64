/**
 * The part of a runtime that onnxruntime-node and onnxruntime-web share: tensors in, tensors out.
 * The engine module is passed in, so that this file imports none.
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import type { DType } from "../base/dtype.ts";
import { internal } from "../base/errors.ts";
import { emitOnnx } from "../tensor/emit.ts";
import type { TypedArray } from "../tensor/graph.ts";
import type { CompileOptions, DeviceName, DeviceTensor, HostTensor, Runtime, RuntimeTensor, Session } from "./types.ts";

/** What both engine packages export and we use. */
export interface OrtModule {
  readonly InferenceSession: {
    readonly create: (model: Uint8Array, options: InferenceSession.SessionOptions) => Promise<InferenceSession>;
  };
  readonly Tensor: new (type: OrtTensor.Type, data: never, dims: readonly number[]) => OrtTensor;
}

export interface OrtOptions {
  readonly threads?: number;
}

const deviceValue: unique symbol = Symbol("device value");

interface OrtDeviceTensor extends DeviceTensor {
  readonly [deviceValue]: OrtTensor;
}

export function createOrtRuntime(ort: OrtModule, device: DeviceName, options: OrtOptions): Runtime {
  const toOrt = (tensor: RuntimeTensor): OrtTensor =>
    "location" in tensor
      ? (tensor as OrtDeviceTensor)[deviceValue]
      : new ort.Tensor(tensor.dtype as OrtTensor.Type, tensor.data as never, tensor.shape);

  const compile: Runtime["compile"] = async (program, compileOptions = {}) => {
    const bytes = emitOnnx(program, compileOptions.weights ?? ((name) => internal(`no source for weight ${name}`)));
    const session = await ort.InferenceSession.create(bytes, sessionOptions(device, options, compileOptions));
    return wrap(session);
  };

  const wrap = (session: InferenceSession): Session => ({
    run: async (feeds, runOptions = {}) => {
      const ortFeeds: Record<string, OrtTensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) ortFeeds[name] = toOrt(tensor);
      if (runOptions.fetches === undefined) return fromOrtMap(await session.run(ortFeeds));
      const fetches: Record<string, OrtTensor | null> = {};
      for (const name of session.outputNames) {
        const into = runOptions.fetches[name];
        fetches[name] = into === undefined ? null : toOrt(into);
      }
      return fromOrtMap(await session.run(ortFeeds, fetches));
    },
    release: () => session.release(),
  });

  const toHost = async (tensor: RuntimeTensor): Promise<HostTensor> =>
    "location" in tensor ? internal("reading back a device tensor needs a program") : tensor;

  return { device, compile, toHost };
}

function sessionOptions(
  device: DeviceName,
  options: OrtOptions,
  compile: CompileOptions,
): InferenceSession.SessionOptions {
  const onDevice = Object.fromEntries((compile.keepOnDevice ?? []).map((name) => [name, "gpu-buffer" as const]));
  return {
    executionProviders: [device],
    graphOptimizationLevel: "all",
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(device === "cpu" ? {} : { preferredOutputLocation: onDevice }),
    ...(compile.weightsFolder === undefined
      ? {}
      : { extra: { session: { model_external_initializers_file_folder_path: compile.weightsFolder } } }),
  };
}

function fromOrtMap(outputs: InferenceSession.ReturnType): Record<string, RuntimeTensor> {
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor as OrtTensor)]));
}

function fromOrt(tensor: OrtTensor): RuntimeTensor {
  const dtype = tensor.type as DType;
  if (tensor.location === "gpu-buffer") {
    const kept: OrtDeviceTensor = {
      location: "device",
      dtype,
      shape: tensor.dims,
      release: () => tensor.dispose(),
      [deviceValue]: tensor,
    };
    return kept;
  }
  return { dtype, shape: tensor.dims, data: tensor.data as TypedArray };
}
