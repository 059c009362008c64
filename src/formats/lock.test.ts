import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { takeLock } from "./lock.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

const take = (): Promise<() => Promise<void>> => takeLock(join(folder, "lock"), "runs/a");
const leave = (text: string): Promise<void> => writeFile(join(folder, "lock"), text);
const dead = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

it("is held by one at a time", async () => {
  const unlock = await take();
  await expect(take()).rejects.toThrow(new RegExp(`E_OUTPUT_BUSY: runs/a: .*process ${process.pid} .*since `));
  await unlock();
  expect(await readdir(folder)).toEqual([]);
  await (
    await take()
  )();
});

it("of a process that has ended is taken over", async () => {
  await leave(JSON.stringify({ pid: dead(), began: "1", host: hostname() }));
  await (
    await take()
  )();
  expect(await readdir(folder)).toEqual([]);
});

it("of a process whose number another one has now is taken over", async ({ skip }) => {
  if (process.platform !== "linux") skip("only Linux tells when a process began");
  await leave(JSON.stringify({ pid: process.pid, began: "1", host: hostname() }));
  await (
    await take()
  )();
});

it("of another machine is taken over once it is not touched for long", async () => {
  await leave(JSON.stringify({ pid: 1, began: "1", host: `not-${hostname()}` }));
  await expect(take()).rejects.toThrow(/E_OUTPUT_BUSY/);
  const long = new Date(Date.now() - 3_600_000);
  await utimes(join(folder, "lock"), long, long);
  await (
    await take()
  )();
});

it("that a crash has cut short is taken over when it is old", async () => {
  await leave("{");
  await expect(take()).rejects.toThrow(/E_OUTPUT_BUSY/);
  const old = new Date(Date.now() - 60_000);
  await utimes(join(folder, "lock"), old, old);
  await (
    await take()
  )();
});

it("is taken by one of many that want a stale one", async () => {
  await leave(JSON.stringify({ pid: dead(), began: "1", host: hostname() }));
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => take()));
  expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});
