import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createLineLedger } from "./line-ledger.ts";

it("a ledger names the first line that is not blank of each record, wherever chunks end", () => {
  const line = fc.constantFrom("", "a", "é,b", '"x', "\r", "\uffff");
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), fc.integer({ min: 1, max: 5 }), fc.nat(3), (lines, size, every) => {
      const ledger = createLineLedger();
      const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
      for (let at = 0; at < bytes.length; at += size) ledger.add(bytes.subarray(at, at + size));
      ledger.end();
      let end = 0;
      let start = 0;
      for (const [i, text] of lines.entries()) {
        end += new TextEncoder().encode(text).length + 1;
        if (i % (every + 1) !== 0) continue;
        const first = lines.slice(start, i + 1).findIndex((one) => one !== "" && one !== "\r");
        expect(ledger.take(end)).toEqual({ line: first < 0 ? i + 1 : start + first + 1, utf8: true });
        start = i + 1;
      }
    }),
  );
});

it("a ledger tells of lines that are not UTF-8, also the last one", () => {
  const ledger = createLineLedger();
  ledger.add(Uint8Array.of(0x61, 0x0a, 0xff, 0x0a, 0x61, 0x0a, 0xc3));
  ledger.end();
  expect([2, 4, 6, 7].map((end) => ledger.take(end))).toEqual([
    { line: 1, utf8: true },
    { line: 2, utf8: false },
    { line: 3, utf8: true },
    { line: 4, utf8: false },
  ]);
});
