import * as fc from "fast-check";
import { expect, it } from "vitest";
import { unionFind } from "./union-find.ts";

it("names each set after its first row, whatever the order of joining", () => {
  const pair = fc.tuple(fc.nat(39), fc.nat(39));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 60 }), (pairs) => {
      const sets = unionFind(40);
      const names = Array.from({ length: 40 }, (_, row) => row);
      for (const [a, b] of pairs) {
        sets.join(a, b);
        const [x, y] = [names[a] as number, names[b] as number];
        for (const [row, name] of names.entries()) if (name === x || name === y) names[row] = Math.min(x, y);
      }
      expect([...sets.firsts()]).toEqual(names);
    }),
  );
});
