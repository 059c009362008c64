/**
 * The part of a runtime that onnxruntime-node and onnxruntime-web share: tensors in, tensors out.
 * The engine module is passed in, so that this file imports none.
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import type { DType } from "../base/dtype.ts";
import { fail, internal } from "../base/errors.ts";
import { emitOnnx } from "../tensor/emit.ts";
import { input, type TypedArray } from "../tensor/graph.ts";
import { optimize } from "../tensor/passes/optimize.ts";
import { defineProgram, type Program } from "../tensor/program.ts";
import { createSessionCache } from "./session-cache.ts";
import type {
  CompileOptions,
  DeviceName,
  DeviceTensor,
  Feeds,
  HostTensor,
  PlacedWeights,
  Runtime,
  RuntimeTensor,
  Session,
} from "./types.ts";

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

/**
 * The name of an output that makes the engine's binding stop before it copies outputs.
 *
 * onnxruntime-node writes outputs into the arrays we pass, and then copies each of them again into an array of
 * the garbage collector: 25 ms per 60 MB, every step. The copying stops at an output that is no tensor. So a
 * session for `runInto` has an empty sequence as its first output; the run is complete when the binding
 * refuses to convert it. See docs/decisions/0003-outputs-without-copies.md.
 */
const SENTINEL = "tunesmith_end_of_results";

/** Runs and drops the results; the binding's refusal of the sentinel means the run succeeded. */
async function withoutResults(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const refused = error instanceof Error && error.message.startsWith("Non tensor type is temporarily not supported");
    if (!refused) explainRunError(error);
  }
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ").trim();
}

/** The engine's reasons, sorted by what a person can do about them. */
function explainCompileError(device: DeviceName, cause: unknown): never {
  const message = messageOf(cause);
  if (device !== "cpu" && /adapter|provider|backend|CUDA|libvulkan|device/i.test(message)) {
    fail("E_RUNTIME_DEVICE", {
      where: `--device ${device}`,
      what: `this device does not work here: ${message}.`,
      cause,
    });
  }
  if (outOfMemory.test(message)) fail("E_RUNTIME_MEMORY", { what: `${message}.`, cause });
  return fail("E_RUNTIME_COMPILE", { what: `the engine refused a program: ${message}.`, cause });
}

function explainRunError(cause: unknown): never {
  const message = messageOf(cause);
  if (outOfMemory.test(message)) fail("E_RUNTIME_MEMORY", { what: `${message}.`, cause });
  return fail("E_RUNTIME_RUN", { what: `the engine stopped: ${message}.`, cause });
}

const outOfMemory = /bad_alloc|out of memory|failed to allocate|Array buffer allocation failed/i;

const deviceValue: unique symbol = Symbol("device value");

interface OrtDeviceTensor extends DeviceTensor {
  readonly [deviceValue]: OrtTensor;
}

/** `place` says how the engine finds weights that lie in files, where there are any. */
export function createOrtRuntime(
  ort: OrtModule,
  device: DeviceName,
  options: OrtOptions,
  place: (program: Program, options: CompileOptions) => Promise<PlacedWeights> = withoutFiles,
): Runtime {
  const toOrt = (tensor: RuntimeTensor): OrtTensor =>
    "location" in tensor
      ? (tensor as OrtDeviceTensor)[deviceValue]
      : new ort.Tensor(tensor.dtype as OrtTensor.Type, tensor.data as never, tensor.shape);

  const compile: Runtime["compile"] = async (program, compileOptions = {}) => {
    const placed = await place(program, compileOptions);
    const weights = placed.weights ?? ((name: string) => internal(`no source for weight ${name}`));
    const bytes = emitOnnx(optimize(program), weights, compileOptions.intoTargets ? { sentinel: SENTINEL } : {});
    const make = async (): Promise<Session> => {
      const creating = ort.InferenceSession.create(bytes, sessionOptions(device, options, compileOptions, placed));
      return wrap(await creating.catch((cause: unknown) => explainCompileError(device, cause)));
    };
    const heavy = program.weights.size > 0;
    if (heavy && placed.version === undefined) return make();
    return sessions({ key: await keyOf(bytes, device, options, compileOptions, placed), heavy }, make);
  };

  const ortFeeds = (feeds: Feeds): Record<string, OrtTensor> =>
    Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)]));

  const targetFor = (name: string, targets: Readonly<Record<string, HostTensor>>): OrtTensor | null => {
    if (name === SENTINEL) return null;
    return toOrt(targets[name] ?? internal(`no target for output ${name}`));
  };

  const wrap = (session: InferenceSession): Session => ({
    run: async (feeds) => fromOrtMap(await session.run(ortFeeds(feeds)).catch(explainRunError)),
    runInto: async (feeds, targets) => {
      const fetches = Object.fromEntries(session.outputNames.map((name) => [name, targetFor(name, targets)]));
      await withoutResults(() => session.run(ortFeeds(feeds), fetches));
    },
    release: () => session.release(),
  });

  // Reading a device tensor directly aborts the process in some drivers; a program whose output is on the host does not.
  const readers = new Map<string, Promise<Session>>();
  const toHost = async (tensor: RuntimeTensor): Promise<HostTensor> => {
    if (!("location" in tensor)) return tensor;
    const key = `${tensor.dtype}/${tensor.shape.length}`;
    const reader = readers.get(key) ?? compile(readingProgram(tensor.dtype, tensor.shape.length));
    readers.set(key, reader);
    const { value } = await (await reader).run({ tensor });
    return value as HostTensor;
  };

  return { device, hasDeviceMemory: device !== "cpu" && device !== "wasm", compile, toHost };
}

async function withoutFiles(_: Program, { weights }: CompileOptions): Promise<PlacedWeights> {
  if (weights === undefined) return {};
  return {
    weights: (name) => {
      const { dtype, data } = weights(name);
      return "file" in data ? internal(`weight ${name} is in a file, which this runtime cannot read`) : { dtype, data };
    },
  };
}

/** Sessions of this process. */
const sessions = createSessionCache<Session>((session, release) => ({ ...session, release }));

async function keyOf(
  bytes: Uint8Array,
  device: DeviceName,
  options: OrtOptions,
  compile: CompileOptions,
  { folder, version }: PlacedWeights,
): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  const { intoTargets, keepOnDevice } = compile;
  return JSON.stringify([[...digest], device, options, intoTargets, keepOnDevice, folder, version]);
}

function readingProgram(dtype: DType, rank: number): Program {
  const tensor = input(
    "tensor",
    dtype,
    Array.from({ length: rank }, (_, axis) => `d${axis}`),
  );
  return defineProgram({ value: tensor });
}

function sessionOptions(
  device: DeviceName,
  options: OrtOptions,
  compile: CompileOptions,
  { folder }: PlacedWeights,
): InferenceSession.SessionOptions {
  const onDevice = Object.fromEntries((compile.keepOnDevice ?? []).map((name) => [name, "gpu-buffer" as const]));
  return {
    executionProviders: [device],
    graphOptimizationLevel: "all",
    // A memory pattern is a second copy of the arena's peak: a third more memory, no faster (docs/performance.md).
    enableMemPattern: false,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(compile.keepOnDevice === undefined || device === "cpu" ? {} : { preferredOutputLocation: onDevice }),
    ...(compile.weightFiles === undefined
      ? {}
      : { externalData: Object.entries(compile.weightFiles).map(([path, data]) => ({ path, data })) }),
    ...(folder === undefined ? {} : { extra: { session: { model_external_initializers_file_folder_path: folder } } }),
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
