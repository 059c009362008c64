"""Runs the oracles that requirements.txt is enough for, in the order that they need each other.

    python test/oracles/all.py [DATA]

DATA is a folder with models/, tokenizers/ and datasets/; without it, the oracles that read one are left out.
The list is written out, so that nothing is overwritten by a script that was only put beside these.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ORACLES = [
    "added-tokens-files.py",
    "added-tokens.py",
    "chat-template-values.py",
    "tiny-checkpoints.py",
    "tiny-adapters.py",
    "stories260k.py",
    "trajectories.py",
    "token-losses.py",
    "decoder-logits.py",
    "resize.py",
]
# What these print is the golden file.
PRINTING = {"sampling.py": "generate/sampling.json"}
NEED_DATA = ["tokenizer.py", "chat-template.py"]
OTHERS = ["all.py", "oracle.py", "check_hf_model.py", "check_peft_adapter.py"]


def run(name, *arguments):
    print(f"== {name}", flush=True)
    command = [sys.executable, HERE / name, *arguments]
    if name not in PRINTING:
        subprocess.run(command, check=True)
        return
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    (HERE.parent / "golden" / PRINTING[name]).write_bytes(printed)


def main():
    data = sys.argv[1:2]
    for name in [*ORACLES, *PRINTING]:
        run(name)
    for name in NEED_DATA if data else []:
        run(name, *data)
    known = {*ORACLES, *PRINTING, *OTHERS, *(NEED_DATA if data else [])}
    left = sorted(path.name for path in HERE.glob("*.py") if path.name not in known)
    if left:
        print(f"not run (their heads say what they need): {', '.join(left)}")


if __name__ == "__main__":
    main()
