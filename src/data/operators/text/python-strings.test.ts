import * as fc from "fast-check";
import { expect, it } from "vitest";
import { pythonBlank, strip } from "./python-strings.ts";

it("strips every blank of Python and nothing else", () => {
  const outer = new RegExp(`^[${pythonBlank}]+|[${pythonBlank}]+$`, "g");
  const part = fc.constantFrom(..." \t\n\u001c\u001f\u0085\u00a0\u3000\u2028ab!~\u007f\ufeff\u200b");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join("");
      expect(strip(text)).toBe(text.replaceAll(outer, ""));
    }),
    { seed: 1, numRuns: 1000 },
  );
});
