"""The log of a run by W&B's own messages (wandb_internal_pb2), to test/golden/formats/wandb-log.json. Needs wandb.

    python test/oracles/wandb-log.py
"""

import base64
import hashlib
import json
import pathlib
import struct
import zlib

import wandb
from wandb.proto import wandb_internal_pb2 as pb

OUT = pathlib.Path(__file__).resolve().parents[1] / "golden" / "formats" / "wandb-log.json"
# Longer than a block, so that a record has first, middle and last fragments.
CONFIG = {"lora_rank": 8, "dataset": ["a.jsonl"], "long": "x" * 70_000}
STEPS = [[1, {"train/loss": 2.5, "train/learning_rate": 0}], [3, {"train/loss": 1.25, "eval/loss": 1e-7}]]


def framed(data, size):
    """LevelDB's log format: fragments that stay inside blocks of 32 KiB."""
    out, first = b"", True
    while first or data:
        left = 32768 - (size + len(out)) % 32768
        if left < 7:
            out += bytes(left)
            continue
        piece, data = data[: left - 7], data[left - 7 :]
        kind = (1 if first else 4) if not data else (2 if first else 3)
        out += struct.pack("<IHB", zlib.crc32(piece, zlib.crc32(bytes([kind]))), len(piece), kind) + piece
        first = False
    return out


def records():
    head = pb.Record()
    head.header.version_info.producer = "tunesmith 1.2.3"
    head.header.version_info.min_consumer = "0.70.0"
    yield head
    run = pb.Record()
    run.run.run_id, run.run.project, run.run.entity = "abcd1234", "demo", "team"
    run.run.display_name, run.run.host = "first", "here"
    run.run.start_time.seconds, run.run.start_time.nanos = 1_700_000_000, 250_000_000
    for key, value in CONFIG.items():
        run.run.config.update.add(key=key, value_json=json.dumps(value, separators=(",", ":")))
    yield run
    summary = {}
    for step, values in STEPS:
        history = pb.Record()
        for key, value in {**values, "_step": step}.items():
            history.history.item.add(nested_key=[key], value_json=number(value))
        history.history.step.num = step
        summary |= {**values, "_step": step}
        yield history
    end = pb.Record()
    for key, value in summary.items():
        end.summary.update.add(nested_key=[key], value_json=number(value))
    yield end
    leave = pb.Record()
    leave.exit.exit_code, leave.exit.runtime = 130, 12
    yield leave


def number(value):
    return json.dumps(value).replace("e-07", "e-7")


def main():
    data = b":W&B\xe1\xbe\x00"
    for i, record in enumerate(records(), 1):
        record.num = i
        data += framed(record.SerializeToString(), len(data))
    value = {
        "made_by": "python test/oracles/wandb-log.py",
        "versions": {"wandb": wandb.__version__},
        "steps": STEPS,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "first": base64.b64encode(data[:200]).decode(),
        "last": base64.b64encode(data[-400:]).decode(),
    }
    OUT.write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    main()
