"""What the oracles share: where things lie, how golden files are written, inputs and weights from fixed seeds."""

import hashlib
import json
import os
import pathlib
import platform
import sys
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = ROOT / "test" / "fixtures" / "models"
ADAPTERS = ROOT / "test" / "fixtures" / "adapters"
GOLDEN = ROOT / "test" / "golden"
STORIES = ROOT / "assets" / "stories260k"

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
warnings.filterwarnings("ignore", module="transformers|peft")
transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def versions():
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "peft": peft.__version__,
    }


def seeded(name):
    """A generator whose stream is fixed by a name."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")
    return torch.Generator().manual_seed(seed)


def random_ids(name, vocab, *shape):
    """Token ids from 3: ids 0, 1 and 2 are left for padding, begin and end."""
    return torch.randint(3, vocab, shape, generator=seeded(name)).tolist()


def digits7(values):
    """Tensor or nested lists -> nested lists of floats of 7 significant digits, about what float32 holds."""
    if isinstance(values, torch.Tensor):
        values = values.tolist()
    if isinstance(values, list):
        return [digits7(value) for value in values]
    return float(f"{values:.7g}")


def load(folder, **options):
    """A checkpoint with float32 weights (those stored in less are widened) and plain attention."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True, **options
    )
    return model.eval()


def write_golden(path, golden):
    """One line of JSON under test/golden, with what made it in front."""
    head = {"made_by": "python test/oracles/" + " ".join([pathlib.Path(sys.argv[0]).name, *sys.argv[1:]])}
    out = GOLDEN / path
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**head, "versions": versions(), **golden}, separators=(",", ":")) + "\n")
    print(f"{out.relative_to(ROOT)}: {out.stat().st_size / 1000:.1f} kB")


def _show(value, depth, key=0):
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(k)}: {_show(v, depth + 1, len(k) + 4)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{outer}}}"
    if isinstance(value, list):
        flat = "[" + ", ".join(json.dumps(item) for item in value) + "]"
        if key + len(flat) + len(outer) < 120 and not any(isinstance(item, dict) for item in value):
            return flat
        return "[\n" + ",\n".join(f"{inner}{_show(item, depth + 1)}" for item in value) + f"\n{outer}]"
    return json.dumps(value).replace("e-0", "e-") if isinstance(value, float) else json.dumps(value)


def write_json(path, value):
    """Indented as the formatter of this repository wants it, so that fixtures pass its check."""
    path.write_text(_show(value, 0) + "\n")


def tidy(folder):
    """A folder that save_pretrained wrote -> one to commit."""
    for path in sorted(folder.iterdir()):
        path.chmod(0o644)
        if path.suffix == ".json":
            value = json.loads(path.read_text())
            if isinstance(value.get("target_modules"), list):
                value["target_modules"].sort()  # PEFT writes a set: another order in every process
            write_json(path, value)
        if path.suffix == ".md":
            path.unlink()
