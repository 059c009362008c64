"""Between Tunesmith's driver and a Ray cluster: `tunesmith data process --executor ray` starts this file.

Frames come on stdin and go out on stdout: two 32-bit lengths (low byte first), a header as JSON, a body of bytes.
Bodies are Tunesmith's own business. This file only carries them: to actors, one for each CPU of the cluster, each with
a Tunesmith worker process beside it (src/data/ray/worker-process.ts), and back. A block whose node or worker was lost
goes to another one. The driver keeps the order of blocks and writes all results.

It needs nothing but Python 3.9 and ray.
"""

import asyncio
import collections
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from typing import Any, BinaryIO, Deque, Dict, List, Optional, Set, Tuple

Header = Dict[str, Any]

OLDEST_RAY = (2, 40)
# How often one block may lose its worker process before it is to blame, or its node before the cluster is.
MOST_DEATHS = 3
MOST_LOSSES = 20
LOOK_SECONDS = 2.0
WAIT_SECONDS = 30.0
CONNECT_SECONDS = 10.0


def write_frame(stream: BinaryIO, header: Header, body: bytes = b"") -> None:
    text = json.dumps(header).encode()
    stream.write(struct.pack("<II", len(text), len(body)))
    stream.write(text)
    stream.write(body)
    stream.flush()


def read_frame(stream: BinaryIO) -> Optional[Tuple[Header, bytes]]:
    """None when the stream ends."""
    lengths = stream.read(8)
    if len(lengths) < 8:
        return None
    header_length, body_length = struct.unpack("<II", lengths)
    text, body = stream.read(header_length), stream.read(body_length)
    if len(text) < header_length or len(body) < body_length:
        return None
    return json.loads(text), body


class WorkerDied(Exception):
    """The worker process ended; the text is the last that it wrote."""


class Refused(Exception):
    """This node cannot run Tunesmith's worker."""


class Worker:
    """An actor: one Tunesmith worker process on the node where Ray placed it."""

    def __init__(self, command: List[str], version: str) -> None:
        self.command = command
        self.version = version
        self.child: Optional[subprocess.Popen] = None
        self.stage: Optional[int] = None
        self.said: Deque[str] = collections.deque(maxlen=12)

    def ready(self) -> Tuple[str, str]:
        """Starts the process; says whether it can be used."""
        try:
            self._start()
            return "ready", ""
        except (Refused, WorkerDied, OSError) as error:
            import ray

            return "refused", f"{ray.util.get_node_ip_address()}: {error}"

    def work(self, stage: int, box: List[Any], body: bytes) -> Tuple[str, bytes]:
        """One block of a stage, whose plan is in the box. "died": the process did, another may do better."""
        import ray

        try:
            self._start()
            if self.stage != stage:
                header, answer = self._ask({"kind": "setup"}, ray.get(box[0]))
                if header["kind"] != "ready":
                    return "answer", answer
                self.stage = stage
            return "answer", self._ask({"kind": "block"}, body)[1]
        except WorkerDied as death:
            return "died", str(death).encode()

    def ask(self, header: Header, body: bytes) -> Tuple[Header, bytes]:
        """A message to the part of a union-find in the process."""
        self._start()
        return self._ask(header, body)

    def emit(self) -> Any:
        """One piece for each part."""
        header, body = self._ask({"kind": "emit"})
        pieces, start = [], 0
        for length in header["lengths"]:
            pieces.append(body[start : start + length])
            start += length
        return pieces[0] if len(pieces) == 1 else pieces

    def absorb(self, *pieces: bytes) -> bool:
        return bool(self._ask({"kind": "absorb"}, b"".join(pieces))[0]["news"])

    def _start(self) -> None:
        if self.child is not None and self.child.poll() is None:
            return
        self.said.clear()
        self.stage = None
        self.child = subprocess.Popen(
            self._find(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        threading.Thread(target=self._listen, args=(self.child.stderr,), daemon=True).start()
        frame = read_frame(self.child.stdout)
        if frame is None:
            raise self._death()
        if frame[0]["version"] != self.version:
            raise Refused(f"has tunesmith {frame[0]['version']}, but the driver has {self.version}")

    def _find(self) -> List[str]:
        """The driver's own command where this node has it too; else the tunesmith of its PATH."""
        if all(os.path.exists(path) for path in self.command):
            return self.command
        node, tunesmith = shutil.which("node"), shutil.which("tunesmith")
        if node is None or tunesmith is None:
            raise Refused("has no tunesmith: neither the driver's path nor `node` and `tunesmith` on its PATH")
        main = os.path.realpath(tunesmith)
        return [node, os.path.join(os.path.dirname(main), "..", "data", "ray", "worker-process.js")]

    def _listen(self, stream: BinaryIO) -> None:
        for line in stream:
            self.said.append(line.decode(errors="replace"))

    def _death(self) -> WorkerDied:
        child, self.child = self.child, None
        status = None
        if child is not None:
            child.kill()
            status = child.wait()
        return WorkerDied("".join(self.said).strip() or f"it ended with status {status}")

    def _ask(self, header: Header, body: bytes = b"") -> Tuple[Header, bytes]:
        if self.child is None:
            raise WorkerDied("it is not running")
        try:
            write_frame(self.child.stdin, header, body)
            frame = read_frame(self.child.stdout)
        except OSError:
            frame = None
        if frame is None:
            raise self._death()
        return frame


class Bridge:
    """The driver's messages, turned into tasks of actors."""

    def __init__(self, ray: Any, out: BinaryIO, start: Header) -> None:
        self.ray = ray
        self.out = out
        self.start = start
        self.lanes: Set[Any] = set()
        self.idle: "asyncio.Queue[Any]" = asyncio.Queue()
        self.ready = 0
        self.stage = 0
        self.box: List[Any] = []
        self.parts: List[Any] = []
        self.tasks: Set["asyncio.Task[None]"] = set()
        self.remote = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD")(Worker)

    def say(self, header: Header, body: bytes = b"") -> None:
        write_frame(self.out, header, body)

    def spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def wanted(self) -> int:
        limit = self.start["workers"]
        cpus = int(self.ray.cluster_resources().get("CPU", 0))
        return max(1, cpus if limit is None else limit)

    async def watch(self) -> None:
        """As many actors as there are CPUs, also when nodes join later."""
        waited = 0.0
        while True:
            for _ in range(self.wanted() - len(self.lanes)):
                self.spawn(self.add_lane())
            await asyncio.sleep(LOOK_SECONDS)
            waited = 0.0 if self.ready > 0 else waited + LOOK_SECONDS
            if waited >= WAIT_SECONDS:
                waited = 0.0
                self.say({"kind": "note", "text": "waiting for a free CPU of the Ray cluster"})

    async def add_lane(self) -> None:
        actor = self.remote.remote(self.start["command"], self.start["version"])
        self.lanes.add(actor)
        try:
            state, text = await actor.ready.remote()
        except self.ray.exceptions.RayError:
            # Its node is gone before it began; the watch makes another one.
            self.lanes.discard(actor)
            return
        if state == "refused":
            self.say({"kind": "failed", "reason": "node", "text": text})
            return
        self.change_width(1)
        self.idle.put_nowait(actor)

    def change_width(self, by: int) -> None:
        self.ready += by
        self.say({"kind": "width", "count": self.ready})

    def drop(self, actor: Any) -> None:
        self.lanes.discard(actor)
        self.change_width(-1)
        self.ray.kill(actor)
        self.spawn(self.add_lane())

    async def work(self, number: int, stage: int, box: List[Any], body: bytes) -> None:
        deaths, losses = 0, 0
        while True:
            actor = await self.idle.get()
            try:
                state, answer = await actor.work.remote(stage, box, body)
            except self.ray.exceptions.RayTaskError as error:
                self.idle.put_nowait(actor)
                return self.say({"kind": "lost", "id": number, "text": f"the bridge to Ray failed: {error}"})
            except self.ray.exceptions.RayError as error:
                self.drop(actor)
                losses += 1
                if losses > MOST_LOSSES:
                    return self.say({"kind": "lost", "id": number, "text": f"{losses} nodes were lost: {error}"})
                continue
            self.idle.put_nowait(actor)
            if state == "answer":
                return self.say({"kind": "answer", "id": number}, answer)
            deaths += 1
            if deaths >= MOST_DEATHS:
                text = f"a worker process died {deaths} times on one block: {answer.decode()}"
                return self.say({"kind": "lost", "id": number, "text": text})

    async def join(self, header: Header, body: bytes) -> None:
        """A step of a union-find in parts. What a lost node knew of it is lost: the driver begins anew."""
        number = header["id"]
        try:
            answer, piece = await self.step(header, body)
        except self.ray.exceptions.RayError as error:
            for actor in self.parts:
                self.drop(actor)
            self.parts = []
            self.say({"kind": "lost", "id": number, "text": str(error)})
        else:
            self.say({**answer, "kind": "done", "id": number}, piece)

    async def step(self, header: Header, body: bytes) -> Tuple[Header, bytes]:
        kind = header["kind"]
        if kind == "join":
            self.parts = [await self.idle.get()]
            while not self.idle.empty():
                self.parts.append(self.idle.get_nowait())
            count = len(self.parts)
            orders = [{"kind": "part", "parts": count, "self": i} for i in range(count)]
            await asyncio.gather(*[actor.ask.remote(order, b"") for actor, order in zip(self.parts, orders)])
            return {"count": count}, b""
        if not self.parts:
            raise self.ray.exceptions.RayError("a part of the union-find was lost")
        if kind == "exchange":
            count = len(self.parts)
            sent = [actor.emit.options(num_returns=count).remote() for actor in self.parts]
            table = [[refs] for refs in sent] if count == 1 else sent
            news = [actor.absorb.remote(*[row[to] for row in table]) for to, actor in enumerate(self.parts)]
            return {"news": any(await asyncio.gather(*news))}, b""
        if kind == "joined":
            for actor in self.parts:
                self.idle.put_nowait(actor)
            self.parts = []
            return {}, b""
        return await self.parts[header["part"]].ask.remote(header, body)

    def take(self, header: Header, body: bytes) -> None:
        kind = header["kind"]
        if kind == "setup":
            self.stage += 1
            self.box = [self.ray.put(body)]
        elif kind == "block":
            self.spawn(self.work(header["id"], self.stage, self.box, body))
        else:
            self.spawn(self.join(header, body))


def connect(address: str) -> Any:
    """@raises Failure"""
    try:
        import ray
    except ModuleNotFoundError as error:
        raise Failure("missing", str(error))
    version = tuple(int(part) for part in ray.__version__.split(".")[:2])
    if version < OLDEST_RAY:
        raise Failure("version", ray.__version__)
    try:
        # Ray itself waits for minutes for a head that is not there.
        if ":" in address:
            host, _, port = address.rpartition(":")
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except Exception as error:
        raise Failure("cluster", str(error))
    return ray


class Failure(Exception):
    """Why there is no cluster to work with, told to the driver."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


async def serve(ray: Any, out: BinaryIO, start: Header) -> None:
    bridge = Bridge(ray, out, start)
    frames: "asyncio.Queue[Optional[Tuple[Header, bytes]]]" = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        frame = read_frame(sys.stdin.buffer)
        while frame is not None:
            loop.call_soon_threadsafe(frames.put_nowait, frame)
            frame = read_frame(sys.stdin.buffer)
        loop.call_soon_threadsafe(frames.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    nodes = sum(1 for node in ray.nodes() if node["Alive"])
    bridge.say({"kind": "started", "nodes": nodes, "cpus": bridge.wanted(), "ray": ray.__version__})
    watch = asyncio.ensure_future(bridge.watch())
    frame = await frames.get()
    while frame is not None:
        bridge.take(*frame)
        frame = await frames.get()
    watch.cancel()


def main() -> None:
    # Whatever prints goes to stderr: stdout carries frames.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    first = read_frame(sys.stdin.buffer)
    if first is None:
        return
    start, _ = first
    try:
        ray = connect(start["address"])
    except Failure as failure:
        write_frame(out, {"kind": "failed", "reason": failure.reason, "text": str(failure)})
        return
    try:
        asyncio.run(serve(ray, out, start))
    except BrokenPipeError:
        # The driver is gone; nobody waits for a word.
        pass
    finally:
        # Ends all actors of this run, and with them their worker processes.
        ray.shutdown()


if __name__ == "__main__":
    main()
