/**
 * A worker process on a node: frames come on stdin and are answered on stdout, one after the other. It says first of
 * which version it is, and ends when stdin does. The bridge (assets/ray/bridge.py) starts it.
 */
import { packageVersion } from "../../base/package-version.ts";
import { encodeFrame, readFrames } from "./frame.ts";
import { createServant } from "./servant.ts";

// What an operator or a package prints must not come between frames.
const out = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

const send = (bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    out(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });

// Ray ends the process above without a word when a run is over; a block that is being worked on is then of no use.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, 1000).unref();

const servant = createServant();
await send(encodeFrame({ kind: "hello", version: packageVersion() }));
for await (const frame of readFrames(process.stdin)) {
  const { header, body } = await servant.answer(frame);
  await send(encodeFrame(header, body));
}
await servant.close();
process.exit(0);
