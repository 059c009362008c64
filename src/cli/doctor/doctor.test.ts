import { expect, test } from "vitest";
import { plain } from "../terminal/paint.ts";
import { reportText } from "../doctor.ts";
import { cpuChecks, probeProvider } from "./engine.ts";
import { coresCheck, coresOfQuota, diskCheck, machineChecks, memoryCheck, nodeCheck } from "./machine.ts";

test.each([
  ["v20.20.2", "ok"],
  ["v20.19.0", "ok"],
  ["v24.1.0", "ok"],
  ["v20.18.3", "fail"],
  ["v18.20.0", "fail"],
])("node %s is %s", (version, status) => {
  expect(nodeCheck(version).status).toBe(status);
});

test.each([
  ["150000 100000\n", 1.5],
  ["max 100000\n", undefined],
  ["", undefined],
  ["0 0", undefined],
])("cpu.max %j", (text, cores) => {
  expect(coresOfQuota(text)).toBe(cores);
});

test("cores: what affinity and quota leave", () => {
  const cores = { installed: 8, model: "Chip X ", allowed: 4, quota: 2.5 };
  expect(coresCheck(cores)).toMatchObject({ value: "8, 2 for this process  Chip X", data: { usable: 2 } });
  expect(coresCheck({ ...cores, quota: 0.5 })).toMatchObject({ data: { usable: 1 } });
  expect(coresCheck({ ...cores, allowed: 8, quota: undefined }).value).toBe("8  Chip X");
});

test("memory: a container's limit counts, an absurd one does not", () => {
  const gib = 2 ** 30;
  expect(memoryCheck(16 * gib, 4 * gib, 3 * gib).value).toBe(
    "4.00 GiB (container's limit; the machine has 16.0 GiB), 3.00 GiB free",
  );
  expect(memoryCheck(16 * gib, 2 ** 63, 9 * gib).value).toBe("16.0 GiB, 9.00 GiB free");
  expect(memoryCheck(16 * gib, 0, 9 * gib).status).toBe("ok");
  expect(memoryCheck(16 * gib, 0, gib / 2)).toMatchObject({ status: "lack", fix: expect.any(String) });
});

test("disk", () => {
  expect(diskCheck("/x", 5e9)).toMatchObject({ status: "ok", value: "4.66 GiB free at /x" });
  expect(diskCheck("/x", 5e8)).toMatchObject({ status: "lack", fix: expect.any(String) });
});

test("this machine can be looked at", async () => {
  const names = (await machineChecks()).map(({ name }) => name);
  expect(names).toEqual(["node", "system", "cores", "memory", "disk", "python"]);
});

test("the engine works on this CPU", async () => {
  const { checks, backends } = await cpuChecks(128);
  expect(checks.map(({ name, status }) => [name, status])).toEqual([
    ["engine", "ok"],
    ["cpu", "ok"],
  ]);
  expect(backends.map(({ name }) => name)).toContain("cpu");
});

test("a probe in a child tells what the provider says", async () => {
  expect(await probeProvider("cpu")).toEqual({ works: true, said: "works" });
  const unknown = await probeProvider("nonsense");
  expect(unknown.works).toBe(false);
  expect(unknown.said).toMatch(/nonsense|not/);
  expect(await probeProvider("cpu", 1)).toEqual({ works: false, said: "no answer within 0.001 s" });
});

test("the report says what is missing and whether training can run", () => {
  const text = reportText(
    [
      { name: "node", status: "ok", value: "v24" },
      { name: "webgpu", status: "lack", value: "no adapter", fix: "Install a driver." },
      { name: "cpu", status: "fail", value: "broken", fix: "Mend it." },
    ],
    plain,
  );
  expect(text.split("\n")).toEqual([
    "✓ node    v24",
    "– webgpu  no adapter",
    "          Install a driver.",
    "✗ cpu     broken",
    "          Mend it.",
    "",
    "Training cannot run here before what is marked ✗ is fixed.",
    "",
  ]);
});
