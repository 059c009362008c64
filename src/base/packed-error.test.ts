import { expect, test } from "vitest";
import { isTunesmithError, TunesmithError } from "./errors.ts";
import { packError, unpackError } from "./packed-error.ts";

const sent = (error: unknown): Error => unpackError(structuredClone(packError(error)));

test("an error arrives with its code, its advice, its stack and what is below it", () => {
  const below = Object.assign(new Error("no space"), { code: "ENOSPC" });
  const error = new TunesmithError("E_DISK_FULL", { where: "a", what: "it is full.", fix: "Tidy.", cause: below });
  const arrived = sent(error);
  expect(isTunesmithError(arrived, "E_DISK_FULL")).toBe(true);
  expect(arrived.message).toBe(error.message);
  expect(arrived.stack).toBe(error.stack);
  expect(arrived.cause).toMatchObject({ message: "no space", code: "ENOSPC", stack: below.stack });
});

test("what is no error of ours keeps its name; what is no error at all is its text", () => {
  expect(sent(AbortSignal.abort().reason)).toMatchObject({ name: "AbortError" });
  expect(sent(new RangeError("far")).name).toBe("RangeError");
  expect(sent("text").message).toBe("text");
  expect(sent(undefined).message).toBe("undefined");
});
