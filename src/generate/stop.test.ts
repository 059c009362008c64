import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { watchStops } from "./stop.ts";

function feed(
  pieces: readonly string[],
  stops: readonly string[],
): { readonly text: string; readonly stopped: boolean } {
  const watch = watchStops(stops);
  let text = "";
  for (const piece of pieces) {
    const shown = watch.push(piece);
    text += shown.text;
    if (shown.stopped) return { text, stopped: true };
  }
  return { text: text + watch.flush(), stopped: false };
}

describe("watchStops", () => {
  it("shows what comes before the first stop string, however the text is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ab<]{0,4}$/), { maxLength: 12 }), (pieces) => {
        const whole = pieces.join("");
        const stops = ["<a", "b<b"];
        const at = Math.min(...stops.map((stop) => whole.indexOf(stop)).filter((i) => i >= 0));
        const result = feed(pieces, stops);
        // A stop may be seen only at the piece that completes it; the text before it is the same.
        expect(result).toEqual(
          Number.isFinite(at) ? { text: whole.slice(0, at), stopped: true } : { text: whole, stopped: false },
        );
      }),
    );
  });

  it("holds back only what may begin a stop string", () => {
    const watch = watchStops(["###"]);
    expect(watch.push("a#").text).toBe("a");
    expect(watch.push("b").text).toBe("#b");
  });
});
