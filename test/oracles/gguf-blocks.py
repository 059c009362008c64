"""Random blocks of each GGUF format, and the numbers gguf-py makes of them, to test/golden/gguf-blocks.json.

    python test/oracles/gguf-blocks.py
"""

import base64
import json
import pathlib

import gguf
import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from importlib.metadata import version

OUT = pathlib.Path(__file__).resolve().parents[1] / "golden" / "gguf-blocks.json"
NAMES = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]
BLOCKS = 4


def base64_of(array):
    return base64.b64encode(array.tobytes()).decode()


def main():
    random = np.random.default_rng(20)
    formats = {}
    for name in NAMES:
        type_ = GGMLQuantizationType[name]
        size, type_bytes = GGML_QUANT_SIZES[type_]
        blocks = BLOCKS if size > 1 else 64
        # All bytes are random: scales are infinite, not numbers and subnormal now and then, as in damaged files.
        data = random.integers(0, 256, (1, blocks * type_bytes), dtype=np.uint8)
        with np.errstate(all="ignore"):
            values = gguf.quants.dequantize(data, type_)
        formats[name] = {"type": int(type_), "bytes": base64_of(data), "values": base64_of(values.astype(np.float32))}
    head = {"made_by": "python test/oracles/gguf-blocks.py", "versions": {"gguf": version("gguf"), "numpy": np.__version__}}
    OUT.write_text(json.dumps({**head, "formats": formats}, separators=(",", ":")) + "\n")
    print(OUT.name, OUT.stat().st_size)


if __name__ == "__main__":
    main()
