/** What ONNX Runtime can do here: the CPU in this process, GPUs in a child, because drivers may crash. */
import { spawn } from "node:child_process";
import { access } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import type { HostTensor, Runtime } from "../../runtime/types.ts";
import type { Check } from "./check.ts";

const require = createRequire(import.meta.url);

interface Backend {
  readonly name: string;
  readonly bundled: boolean;
}

export interface EngineReport {
  readonly checks: readonly Check[];
  readonly backends: readonly Backend[];
}

/** Loads the engine, runs a program on the CPU and measures one large MatMul. */
export async function cpuChecks(size = 2048): Promise<EngineReport> {
  let backends: readonly Backend[];
  let version: string;
  try {
    const { engineInfo } = await import("../../runtime/node.ts");
    ({ backends, version } = engineInfo());
  } catch (error) {
    const fix =
      `The package has binaries for linux (glibc) x64 and arm64, macOS arm64, and Windows x64 and arm64; this is ` +
      `${process.platform} ${process.arch}. On one of them, run \`npm ci\` again.`;
    return { backends: [], checks: [{ name: "engine", status: "fail", value: firstLine(error), fix }] };
  }
  const names = backends.map(({ name, bundled }) => (bundled ? name : `${name} (not in the package)`));
  const engine: Check = {
    name: "engine",
    status: "ok",
    value: `onnxruntime-node ${version}: ${names.join(", ")}`,
    data: { version, backends },
  };
  return { backends, checks: [engine, await matmulCheck(size)] };
}

async function matmulCheck(size: number): Promise<Check> {
  try {
    const { createNodeRuntime } = await import("../../runtime/node.ts");
    const { gflops, right } = await measureMatmul(createNodeRuntime({ device: "cpu" }), size);
    const data = { gflops: Math.round(gflops), size };
    return right
      ? { name: "cpu", status: "ok", value: `works, ${data.gflops} GFLOP/s in a MatMul of ${size}`, data }
      : {
          name: "cpu",
          status: "fail",
          value: "a MatMul gave wrong numbers",
          fix: "Run `npm ci` again; if it stays, report it.",
          data,
        };
  } catch (error) {
    return { name: "cpu", status: "fail", value: firstLine(error), fix: "Run `npm ci` again; if it stays, report it." };
  }
}

/** Best of five products of a matrix of ones and one of halves, or as many as a second allows. */
async function measureMatmul(
  runtime: Runtime,
  size: number,
): Promise<{ readonly gflops: number; readonly right: boolean }> {
  const { defineProgram, input, matmul } = await import("../../tensor/index.ts");
  const program = defineProgram({
    y: matmul(input("a", "float32", [size, size]), input("b", "float32", [size, size])),
  });
  const session = await runtime.compile(program);
  const filled = (value: number): HostTensor => ({
    dtype: "float32",
    shape: [size, size],
    data: new Float32Array(size * size).fill(value),
  });
  const feeds = { a: filled(1), b: filled(0.5) };
  const began = performance.now();
  let best = Infinity;
  let right = true;
  for (let run = 0; run < 6 && (run < 2 || performance.now() - began < 1000); run++) {
    const start = performance.now();
    const { y } = await session.run(feeds);
    // The first run warms up.
    if (run > 0) best = Math.min(best, performance.now() - start);
    const values = (y as HostTensor).data as Float32Array;
    right &&= values[0] === size / 2 && values.at(-1) === size / 2;
  }
  await session.release();
  return { gflops: (2 * size ** 3) / best / 1e6, right };
}

/** Run by `node -e` with the engine's path, a provider and a program: prints "works" or throws. */
const probeSource = `
const [engine, provider, model] = process.argv.slice(1);
const ort = require(engine);
ort.InferenceSession.create(Buffer.from(model, "base64"), { executionProviders: [provider], logSeverityLevel: 4 })
  .then((session) => session.run({ a: new ort.Tensor("float32", new Float32Array(16).fill(2), [4, 4]) }))
  .then(({ y }) => { process.stdout.write(y.data[0] === 16 ? "works" : "wrong numbers"); process.exit(0); })
  .catch((error) => { process.stdout.write(String(error.message ?? error)); process.exit(1); });
`;

/** Whether a provider runs a small program, tried in a child process that may crash or hang. */
export async function probeProvider(
  provider: string,
  milliseconds = 20_000,
): Promise<{ readonly works: boolean; readonly said: string }> {
  const [{ defineProgram, emitOnnx, input, matmul }, { internal }] = await Promise.all([
    import("../../tensor/index.ts"),
    import("../../base/errors.ts"),
  ]);
  const a = input("a", "float32", [4, 4]);
  const bytes = emitOnnx(defineProgram({ y: matmul(a, a) }), (name) => internal(`no weight ${name}`));
  const words = [
    "-e",
    probeSource,
    require.resolve("onnxruntime-node"),
    provider,
    Buffer.from(bytes).toString("base64"),
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    const timer = setTimeout(() => {
      said = `no answer within ${milliseconds / 1000} s`;
      child.kill("SIGKILL");
    }, milliseconds);
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.on("error", (error) => (said = error.message));
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      const crash = said === "" ? `the driver ended the process (${signal ?? status})` : said;
      resolve({ works: status === 0 && said === "works", said: firstLine(crash) });
    });
  });
}

export async function webgpuCheck(backends: readonly Backend[]): Promise<Check> {
  if (!backends.some(({ name, bundled }) => name === "webgpu" && bundled)) {
    return { name: "webgpu", status: "lack", value: "not in onnxruntime-node for this platform" };
  }
  const { works, said } = await probeProvider("webgpu");
  if (works) return { name: "webgpu", status: "ok", value: "works: train with --device webgpu" };
  const driver =
    process.platform === "linux"
      ? "Install the Vulkan driver of the GPU (for example mesa-vulkan-drivers or NVIDIA's)"
      : "Install the newest driver of the GPU";
  return { name: "webgpu", status: "lack", value: said, fix: `${driver}; without a GPU, train on the CPU.` };
}

export async function cudaCheck(backends: readonly Backend[]): Promise<Check> {
  const name = "cuda";
  if (!backends.some((backend) => backend.name === name)) {
    return { name, status: "lack", value: "not offered by onnxruntime-node for this platform" };
  }
  const gpu = await exists("/proc/driver/nvidia/version");
  if (!gpu)
    return { name, status: "lack", value: "no NVIDIA driver found", fix: "With an NVIDIA GPU: install its driver." };
  const folder = join(dirname(require.resolve("onnxruntime-node/package.json")));
  const library = join(folder, "bin/napi-v6", process.platform, process.arch, "libonnxruntime_providers_cuda.so");
  if (!(await exists(library))) {
    const script = relative(process.cwd(), join(folder, "script/install.js"));
    const fix = `Run \`ONNXRUNTIME_NODE_INSTALL=cuda12 node ${script}\` (it downloads them); CUDA 12 and cuDNN 9 must be installed.`;
    return { name, status: "lack", value: "an NVIDIA driver is here, the engine's CUDA libraries are not", fix };
  }
  const { works, said } = await probeProvider(name);
  return works
    ? { name, status: "ok", value: "works: train with --device cuda" }
    : { name, status: "lack", value: said, fix: "Install CUDA 12 and cuDNN 9, and put them on LD_LIBRARY_PATH." };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // The engine puts source file, line and condition in front of what it has to say.
  const line = (text.trim().split("\n")[0] ?? "").replace(/^\/\S+:\d+ .* was false\. /, "");
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
}
