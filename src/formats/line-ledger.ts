/**
 * Which lines of a stream of bytes a record came from, when a parser tells only where records end: the ledger is fed
 * the same bytes, and asked for the lines up to each end.
 */
import { isUtf8 } from "node:buffer";

export interface LineLedger {
  readonly add: (chunk: Uint8Array) => void;
  /** No bytes follow. */
  readonly end: () => void;
  /** The lines since the last call that end at or before this byte: the first that is not blank, and whether all are UTF-8. */
  readonly take: (end: number) => { readonly line: number; readonly utf8: boolean };
}

const [NEWLINE, RETURN] = [0x0a, 0x0d];

export function createLineLedger(): LineLedger {
  let lines: { readonly end: number; readonly blank: boolean; readonly utf8: boolean }[] = [];
  /** Lines taken from the start of `lines`, and before those. */
  let [taken, before] = [0, 0];
  let open: Uint8Array[] = [];
  let at = 0;
  const close = (): void => {
    const bytes = open.length === 1 ? (open[0] as Uint8Array) : Buffer.concat(open);
    open = [];
    const blank = bytes.length === 0 || (bytes.length === 1 && bytes[0] === RETURN);
    lines.push({ end: at, blank, utf8: isUtf8(bytes) });
  };
  return {
    add: (chunk) => {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        open.push(chunk.subarray(start, end));
        at += end + 1 - start;
        close();
        start = end + 1;
      }
      if (start === chunk.length) return;
      open.push(chunk.subarray(start));
      at += chunk.length - start;
    },
    end: () => {
      if (open.length > 0) close();
    },
    take: (end) => {
      let first: number | undefined;
      let utf8 = true;
      const from = taken;
      for (let line = lines[taken]; line !== undefined && line.end <= end; line = lines[taken]) {
        taken++;
        if (!line.blank) first ??= before + taken;
        utf8 &&= line.utf8;
      }
      // Without a line that is whole, it is the one that is being read.
      const line = first ?? before + Math.max(taken, from + 1);
      if (taken > 4096) {
        lines = lines.slice(taken);
        before += taken;
        taken = 0;
      }
      return { line, utf8 };
    },
  };
}
