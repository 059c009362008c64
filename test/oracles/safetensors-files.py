"""Small files written by the safetensors library and by transformers, to test/golden/formats/, and what is in them.

    python test/oracles/safetensors-files.py

Not called safetensors.py: the other scripts here would then import it in place of the library.
"""

import json
import pathlib
import shutil

import safetensors
import torch
import transformers
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

OUT = pathlib.Path(__file__).resolve().parents[1] / "golden" / "formats"

HALF_BITS = [0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x3C00, 0xC000, 0x7BFF, 0x7C00, 0xFC00, 0x7E00]
BFLOAT_BITS = [0x0000, 0x8000, 0x0001, 0x0080, 0x3F80, 0xC000, 0x7F7F, 0x7F80, 0xFF80, 0x7FC0]


def bits16(bits, dtype):
    signed = [bit - 0x10000 if bit >= 0x8000 else bit for bit in bits]
    return torch.tensor(signed, dtype=torch.int16).view(dtype)


# Names are chosen so that their order differs from that of dtypes, by size alone, and of UTF-16.
TENSORS = {
    "10": torch.tensor([1.5, -2.25, 3e-45, 3.4028235e38], dtype=torch.float32),
    "9": torch.arange(6, dtype=torch.float32).reshape(2, 3),
    "a.double": torch.tensor([0.1, -1e300, 2.0**-1074], dtype=torch.float64),
    "b.half": bits16(HALF_BITS, torch.float16),
    "a.bfloat": bits16(BFLOAT_BITS, torch.bfloat16),
    "c.half": bits16(HALF_BITS[:2], torch.float16),
    "int64": torch.tensor([2**53 + 1, -(2**63)], dtype=torch.int64),
    "int32": torch.tensor([[-(2**31)], [2**31 - 1]], dtype=torch.int32),
    "int16": torch.tensor([-32768, 32767, 7], dtype=torch.int16),
    "int8": torch.tensor([-128, 127, 0], dtype=torch.int8),
    "uint8": torch.tensor([0, 255, 128], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(4.0),
    "empty": torch.zeros(0, 5),
    'quote"\\é': torch.tensor([1.0]),
    "\uffff": torch.tensor([2.0]),
    "\U0001f600": torch.tensor([3.0]),
}


def floats(tensor):
    """As float32, NaN and the infinities as texts."""
    return [v if abs(v) < float("inf") else str(v) for v in tensor.to(torch.float32).flatten().tolist()]


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    save_file(TENSORS, OUT / "dtypes.safetensors", metadata={"format": "pt"})
    save_file({"w": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn), "b": torch.tensor([5.0])}, OUT / "foreign.safetensors")
    save_file({}, OUT / "none.safetensors")

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=16, hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2, head_dim=4
    )
    saved = OUT / "sharded"
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(saved, max_shard_size=800)
    for name in ("config.json", "generation_config.json"):
        (saved / name).unlink()

    values = {
        "versions": {
            "safetensors": safetensors.__version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "floats": {name: floats(t) for name, t in TENSORS.items() if t.is_floating_point()},
        "shapes": {name: list(t.shape) for name, t in TENSORS.items()},
    }
    (OUT / "values.json").write_text(json.dumps(values, indent=2) + "\n")
    for path in OUT.rglob("*.*"):
        path.chmod(0o644)


main()
