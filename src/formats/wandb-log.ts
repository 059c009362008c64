/**
 * The log of a run as W&B's own client writes it when it is offline (run-ID.wandb): seven bytes of head, then records of
 * wandb_internal.proto in LevelDB's log format, blocks of 32 KiB whose fragments have a CRC-32 of type and data.
 * `wandb sync` of W&B's Python package uploads it.
 *
 * Written here: the head, the run with its settings, numbers by step, the summary, the end.
 */
import { crc32 } from "node:zlib";
import { concat, message, number, string } from "./protobuf.ts";

const HEAD = Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00); // :W&B, 0xBEE1, version 0
const BLOCK = 32_768;
const FRAGMENT_HEAD = 7;
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4] as const;

export interface WandbRun {
  readonly id: string;
  readonly project: string;
  readonly entity: string | undefined;
  readonly name: string;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly config: Readonly<Record<string, unknown>>;
  /** Name and version of who writes. */
  readonly producer: string;
}

export interface WandbLog {
  /** The bytes that begin a file. */
  readonly head: (run: WandbRun) => Uint8Array;
  /** The numbers of a step, larger than all before. */
  readonly step: (step: number, values: Readonly<Record<string, number>>) => Uint8Array;
  readonly end: (summary: Readonly<Record<string, number>>, exitCode: number, seconds: number) => Uint8Array;
}

/** Knows how far the file is written: where a block ends depends on it. */
export function createWandbLog(): WandbLog {
  let size = 0;
  let records = 0;
  /** Record: num = 1, and a field by kind. */
  const record = (field: number, ...content: readonly Uint8Array[]): Uint8Array => {
    const bytes = framed(concat([number(1, ++records), message(field, ...content)]), size);
    size += bytes.length;
    return bytes;
  };
  return {
    head: (run) => {
      size = HEAD.length;
      // HeaderRecord.version_info = 1: producer = 1, min_consumer = 2.
      const version = message(1, string(1, run.producer), string(2, "0.70.0"));
      return concat([HEAD, record(21, version), record(17, ...runFields(run))]);
    },
    // HistoryRecord: item = 1, step = 2 with num = 1.
    step: (step, values) => record(2, ...items({ ...values, _step: step }), message(2, number(1, step))),
    end: (summary, exitCode, seconds) =>
      // RunExitRecord: exit_code = 1, runtime = 2.
      concat([record(3, ...items(summary)), record(18, number(1, exitCode), number(2, Math.floor(seconds)))]),
  };
}

/** HistoryItem and SummaryItem: nested_key = 2 (a key may hold dots), value_json = 16. Both lie in field 1. */
const items = (values: Readonly<Record<string, number>>): readonly Uint8Array[] =>
  Object.entries(values)
    .filter(([, value]) => Number.isFinite(value))
    .map(([key, value]) => message(1, string(2, key), string(16, JSON.stringify(value))));

/** RunRecord: run_id = 1, entity = 2, project = 3, config = 4, display_name = 8, host = 13, start_time = 17. */
function runFields({ id, entity, project, config, name, host, began }: WandbRun): readonly Uint8Array[] {
  const settings = Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => message(1, string(1, key), string(16, JSON.stringify(value))));
  return [
    string(1, id),
    ...(entity === undefined ? [] : [string(2, entity)]),
    string(3, project),
    message(4, ...settings),
    string(8, name),
    string(13, host),
    message(17, number(1, Math.floor(began / 1000)), number(2, Math.floor((began % 1000) * 1e6))),
  ];
}

/** Cuts a record into fragments that stay inside their blocks; a block's rest that holds no head is zeros. */
function framed(data: Uint8Array, from: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = from;
  let rest = data;
  let first = true;
  do {
    const left = BLOCK - (at % BLOCK);
    if (left < FRAGMENT_HEAD) {
      parts.push(new Uint8Array(left));
      at += left;
      continue;
    }
    const piece = rest.subarray(0, left - FRAGMENT_HEAD);
    rest = rest.subarray(piece.length);
    const last = rest.length === 0;
    const type = first ? (last ? FULL : FIRST) : last ? LAST : MIDDLE;
    const head = new DataView(new ArrayBuffer(FRAGMENT_HEAD));
    head.setUint32(0, crc32(piece, crc32(Uint8Array.of(type))), true);
    head.setUint16(4, piece.length, true);
    head.setUint8(6, type);
    parts.push(new Uint8Array(head.buffer), piece);
    at += FRAGMENT_HEAD + piece.length;
    first = false;
  } while (rest.length > 0 || first);
  return concat(parts);
}
