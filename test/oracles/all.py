"""Runs every oracle, in the order that they need each other.

    python test/oracles/all.py [DATA]

DATA is a folder with models/, tokenizers/ and datasets/; without it, the oracles that need one are left out.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FIRST = ["tiny-checkpoints.py", "tiny-adapters.py"]
NEED_DATA = ["tokenizer.py", "chat-template.py"]
NOT_ORACLES = ["oracle.py", "all.py"]
# What these print is the golden file.
PRINTING = {"sampling.py": "generate/sampling.json"}


def main():
    names = sorted(path.name for path in HERE.glob("*.py"))
    apart = FIRST + NEED_DATA + NOT_ORACLES
    rest = [name for name in names if name not in apart and not name.startswith("check_")]
    data = sys.argv[1:2]
    runs = [*([name] for name in FIRST + rest), *([name, *data] for name in NEED_DATA if data)]
    for name, *arguments in runs:
        print(f"== {name}", flush=True)
        command = [sys.executable, HERE / name, *arguments]
        if name in PRINTING:
            printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
            (HERE.parent / "golden" / PRINTING[name]).write_bytes(printed)
        else:
            subprocess.run(command, check=True)
    if not data:
        print(f"left out, for want of DATA: {', '.join(NEED_DATA)}")


if __name__ == "__main__":
    main()
