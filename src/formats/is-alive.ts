/** Whether a process is there: files that one was writing when it ended can be taken over. */
import { readFile } from "node:fs/promises";
import { codeOf } from "./write-error.ts";

export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
  // One that was killed but not yet waited for is no longer writing; in containers it can stay so for good.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
}
