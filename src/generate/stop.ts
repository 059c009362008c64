/** Stop strings in a stream of text pieces: text that may begin one is held back until it is certain. */

export interface StopWatch {
  /** Adds text; returns what may be shown, and whether a stop string was reached (it is not shown). */
  readonly push: (text: string) => { readonly text: string; readonly stopped: boolean };
  /** What was held back, at the end. */
  readonly flush: () => string;
}

export function watchStops(stops: readonly string[]): StopWatch {
  const wanted = stops.filter((stop) => stop !== "");
  let held = "";
  return {
    push: (text) => {
      held += text;
      const found = Math.min(...wanted.map((stop) => held.indexOf(stop)).filter((at) => at >= 0));
      if (Number.isFinite(found)) {
        const shown = held.slice(0, found);
        held = "";
        return { text: shown, stopped: true };
      }
      const keep = longestBeginning(held, wanted);
      const shown = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: shown, stopped: false };
    },
    flush: () => {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** Length of the longest end of `text` that begins a stop string. */
function longestBeginning(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
}
