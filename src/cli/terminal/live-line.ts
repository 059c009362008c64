/** A last line that is written over in place, with ordinary lines above it. On a pipe the live line is silent. */

export interface LineStream {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface LiveLine {
  readonly interactive: boolean;
  readonly columns: () => number;
  /** Replaces the live line. */
  readonly update: (text: string) => void;
  /** Writes a line that stays, above the live line. */
  readonly print: (text: string) => void;
  /** Removes the live line. */
  readonly clear: () => void;
}

const erase = "\r\u001B[2K";

export function createLiveLine(stream: LineStream): LiveLine {
  const interactive = stream.isTTY === true;
  let current = "";
  const update = (text: string): void => {
    if (!interactive) return;
    stream.write(erase + text);
    current = text;
  };
  return {
    interactive,
    columns: () => stream.columns ?? 80,
    update,
    print: (text) => {
      const kept = current;
      if (kept !== "") stream.write(erase);
      stream.write(`${text}\n`);
      if (kept !== "") update(kept);
    },
    clear: () => {
      if (current !== "") stream.write(erase);
      current = "";
    },
  };
}
