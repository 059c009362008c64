/** Files from the web. Data-Juicer: download_file_mapper. */
import { createHash } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { writeFileAtomicBy } from "../../../formats/atomic.ts";
import { show } from "../../shapes/shape.ts";
import { arg } from "../args.ts";
import { download, DownloadProblem, type DownloadLimits } from "../media/download.ts";
import { createTurns } from "../media/turns.ts";
import { defineMapper } from "../operator.ts";
import { withField, type Sample } from "../sample.ts";

const MiB = 2 ** 20;

/** Contents go into the row, which has a limit of its own. */
const LONGEST_CONTENT = 32 * MiB;

export const downloadFileMapper = defineMapper({
  name: "download_file_mapper",
  summary: "Downloads the files whose addresses are in a column, into a folder, into the row, or both.",
  args: {
    download_field: arg(z.string().min(1).nullable().default(null), "Column of an address, or of a list of them."),
    save_dir: arg(
      z.string().min(1).nullable().default(null),
      "Folder for the files; their paths take the place of the addresses.",
    ),
    save_field: arg(
      z.string().min(1).nullable().default(null),
      "Column for the contents in base64; image_bytes when there is no save_dir either.",
    ),
    resume_download: arg(z.boolean().default(false), "Lets save_field have contents already, and keeps them."),
    timeout: arg(z.number().positive().max(86_400).default(30), "Seconds for one file."),
    max_concurrent: arg(z.number().int().min(1).max(1000).default(10), "Files at one time."),
    max_bytes: arg(
      z
        .number()
        .int()
        .min(1)
        .default(256 * MiB),
      "Bytes of the longest file; 32 MiB in save_field.",
    ),
    allow_private_hosts: arg(z.boolean().default(false), "Asks hosts of private networks and of this machine too."),
  },
  cost: 1000,
  remote: true,
  asks: false,
  differs:
    "A row with a file that cannot be had is set aside with the reason; Data-Juicer keeps it with the address. " +
    "Names of files begin with a hash of the address, so that two files of one name are two. Contents are base64, " +
    "since rows are JSON. Values that are no http or https address stay in place, and are not read into the row.",
  create: (args, tools) => {
    const { download_field: field, save_dir: given, resume_download: resume } = args;
    const contentField = args.save_field ?? (given === null ? "image_bytes" : undefined);
    const limits: DownloadLimits = {
      seconds: args.timeout,
      bytes: args.max_bytes,
      privateHosts: args.allow_private_hosts,
    };
    const folder = given === null ? undefined : tools.resolve(given);
    const inTurn = createTurns(args.max_concurrent);
    /** Files that are under way, so that two rows with one address fetch it once. */
    const under = new Map<string, Promise<void>>();

    const save = async (address: string): Promise<string> => {
      const name = nameOf(address);
      const path = join(folder as string, name);
      const running = under.get(path) ?? inTurn(() => saveOnce(address, path, limits));
      under.set(path, running);
      try {
        await running;
      } finally {
        under.delete(path);
      }
      return join(given as string, name);
    };

    const read = (address: string): Promise<string> =>
      inTurn(async () => {
        const pieces: Uint8Array[] = [];
        const short = { ...limits, bytes: Math.min(limits.bytes, LONGEST_CONTENT) };
        await download(address, short, (piece) => void pieces.push(piece));
        return Buffer.concat(pieces).toString("base64");
      });

    return async (sample) => {
      const value = field === null ? undefined : sample.field(field);
      if (field === null || value === undefined || value === null) return sample.row;
      const addresses = addressesOf(sample, field, value);
      const known = contentField === undefined ? undefined : knownContents(sample, contentField, resume);
      const kept = keptContents(known, value, addresses.length);
      const fetched = await allOf(
        addresses.map(async (address, i) => {
          if (!isRemote(address)) return { path: address, content: null };
          try {
            const path = folder === undefined ? address : await save(address);
            if (contentField === undefined) return { path, content: null };
            const content: unknown = kept[i];
            return { path, content: typeof content === "string" && content !== "" ? content : await read(address) };
          } catch (cause) {
            return failAddress(sample, address, cause);
          }
        }),
      );
      const asGiven = <T>(list: readonly T[]): T | readonly T[] | undefined => (Array.isArray(value) ? list : list[0]);
      const paths = asGiven(fetched.map(({ path }) => path));
      const row = folder === undefined ? sample.row : withField(sample.row, field, paths);
      return contentField === undefined
        ? row
        : withField(row, contentField, asGiven(fetched.map(({ content }) => content)));
    };
  },
});

/** Waits for all, also when one fails, so that nothing goes on behind a row that is bad. */
async function allOf<T>(tasks: readonly Promise<T>[]): Promise<readonly T[]> {
  const failed = (await Promise.allSettled(tasks)).find(({ status }) => status === "rejected");
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  return Promise.all(tasks);
}

const isRemote = (address: string): boolean => /^https?:\/\//i.test(address);

/** @throws E_DATA_ROW */
function addressesOf(sample: Sample, field: string, value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const other = list.find((address) => typeof address !== "string");
  if (other === undefined) return list as readonly string[];
  return fail("E_DATA_ROW", {
    where: `${sample.origin}: ${field}`,
    what: `an address is ${show(other)}, wants a text.`,
    fix: "Correct the row, or name another column with download_field.",
  });
}

/** @throws E_DATA_ROW when there are contents that would be lost */
function knownContents(sample: Sample, field: string, resume: boolean): unknown {
  const known = sample.field(field);
  if (known === undefined || known === null || resume) return known;
  return fail("E_DATA_ROW", {
    where: `${sample.origin}: ${field}`,
    what: `${field} is there already.`,
    fix: "Set resume_download to keep what is there, or name another column with save_field.",
  });
}

/** Contents that were there before, one for each address. */
function keptContents(known: unknown, addresses: unknown, count: number): readonly unknown[] {
  if (!Array.isArray(addresses)) return [known];
  return Array.isArray(known) && known.length === count ? known : [];
}

function failAddress(sample: Sample, address: string, cause: unknown): never {
  if (!(cause instanceof DownloadProblem)) throw cause;
  return fail("E_DATA_ROW", {
    where: `${sample.origin}: ${address.slice(0, 200)}`,
    what: `the file cannot be downloaded: ${cause.message}.`,
    fix: "Correct the address, or try again later.",
    cause,
  });
}

/** A file that is there was written whole, and is of this address: it is not asked for again. */
async function saveOnce(address: string, path: string, limits: DownloadLimits): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isFile() === true) return;
  await mkdir(join(path, ".."), { recursive: true });
  await writeFileAtomicBy(path, (file) => download(address, limits, (piece) => file.writeFile(piece)));
}

/** A hash of the address and the end of its path, of which only plain characters stay. */
function nameOf(address: string): string {
  const hash = createHash("sha256").update(address).digest("hex").slice(0, 12);
  const path = URL.canParse(address) ? new URL(address).pathname : "";
  const plain = (path.split("/").at(-1) ?? "").replaceAll(/[^A-Za-z0-9._-]/g, "_").slice(-80);
  return plain === "" ? hash : `${hash}-${plain}`;
}
