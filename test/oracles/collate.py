"""Golden batches, orders and rows for src/data, from the libraries that users come from.

Run by hand:  python test/oracles/collate.py   (torch, transformers, datasets)
Writes test/golden/data/batches.json and test/fixtures/data/messages.parquet:
- padded batches of DataCollatorForSeq2Seq with the shift that transformers' loss applies, flattened ones of
  DataCollatorWithFlattening, prompts padded on the left with the positions of generate();
- orders of get_length_grouped_indices, with the permutation it drew;
- turns of interleave_datasets, with the datasets it drew;
- rows of load_dataset over the files in test/fixtures/data, without their nulls.
"""

import json
import pathlib
import tempfile

import datasets
import torch
import transformers
from tokenizers import Tokenizer, models
from transformers.trainer_pt_utils import get_length_grouped_indices

ROOT = pathlib.Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "fixtures/data"
PAD = 9
CACHE = tempfile.TemporaryDirectory()
datasets.disable_progress_bars()


def tokenizer(side):
    inner = Tokenizer(models.WordLevel({"a": 0, "<pad>": PAD}, unk_token="a"))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", padding_side=side)


SAMPLES = [
    {"input_ids": [1, 5, 6, 2], "labels": [-100, -100, 6, 2]},
    {"input_ids": [1, 7], "labels": [-100, 7]},
    {"input_ids": [3, 4, 8, 8, 2], "labels": [3, -100, 8, -100, 2]},
    {"input_ids": [4], "labels": [4]},
]


def with_mask(sample):
    return {**sample, "attention_mask": [1] * len(sample["input_ids"])}


def targets(labels):
    """Places of a flattened [batch, time] whose next token is trained: the shift of transformers' loss."""
    shifted = torch.nn.functional.pad(labels, (0, 1), value=-100)[..., 1:]
    flat = shifted.reshape(-1)
    rows = (flat != -100).nonzero().reshape(-1)
    return {"rows": rows.tolist(), "labels": flat[rows].tolist()}


def padded(multiple):
    collator = transformers.DataCollatorForSeq2Seq(tokenizer("right"), pad_to_multiple_of=multiple)
    batch = collator([with_mask(s) for s in SAMPLES])
    return {
        "padToMultiple": multiple,
        "inputIds": batch["input_ids"].tolist(),
        "mask": batch["attention_mask"].tolist(),
        **targets(batch["labels"]),
    }


def flattened():
    batch = transformers.DataCollatorWithFlattening()(SAMPLES)
    return {
        "inputIds": batch["input_ids"].tolist(),
        "positions": batch["position_ids"].tolist(),
        **targets(batch["labels"]),
    }


def left_padded():
    prompts = [sample["input_ids"] for sample in SAMPLES]
    batch = tokenizer("left").pad({"input_ids": prompts}, return_tensors="pt")
    mask = batch["attention_mask"]
    # As generate() makes them; on padding they mean nothing, and are 0 here.
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    return {"prompts": prompts, "inputIds": batch["input_ids"].tolist(), "mask": mask.tolist(), "positions": positions.tolist()}


def grouped(count, batch_size, seed):
    lengths = torch.randint(1, 40, (count,), generator=torch.Generator().manual_seed(seed + 1)).tolist()
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed)).tolist()
    result = get_length_grouped_indices(lengths, batch_size, generator=torch.Generator().manual_seed(seed))
    return {"lengths": lengths, "batchSize": batch_size, "order": order, "grouped": [int(i) for i in result]}


def interleaved(lengths, probabilities, stopping):
    parts = [datasets.Dataset.from_dict({"at": [[d, i] for i in range(n)]}) for d, n in enumerate(lengths)]
    mixed = datasets.interleave_datasets(parts, probabilities=probabilities, seed=3, stopping_strategy=stopping)
    return {"lengths": lengths, "stopping": stopping, "taken": mixed["at"][:]}


def strip(value):
    """Arrow gives every row the columns and keys of all; those without a value were never written."""
    if isinstance(value, dict):
        return {k: strip(v) for k, v in value.items() if v is not None}
    return [strip(v) for v in value] if isinstance(value, list) else value


def write_parquet():
    city = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
    days = {"name": "days", "parameters": {"type": "object", "properties": {"count": {"type": "integer"}}}}
    rows = [
        {
            "messages": [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello.", "loss": False}],
            "tools": [city],
            "label": True,
        },
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Größe?"},
                {"role": "assistant", "content": "12 km² 日本"},
            ],
            "tools": [days],
            "label": None,
        },
    ]
    datasets.Dataset.from_list(rows).to_parquet(FIXTURES / "messages.parquet")


def read(kind, name):
    rows = datasets.load_dataset(kind, data_files=str(FIXTURES / name), split="train", cache_dir=CACHE.name)
    return {"file": name, "rows": [strip(row) for row in rows]}


write_parquet()
golden = {
    "versions": {m.__name__: m.__version__ for m in (datasets, torch, transformers)},
    "padId": PAD,
    "samples": [{"ids": s["input_ids"], "labels": s["labels"]} for s in SAMPLES],
    "padded": [padded(None), padded(8)],
    "flattened": flattened(),
    "leftPadded": left_padded(),
    "grouped": [grouped(23, 2, 0), grouped(100, 4, 1), grouped(7, 4, 2)],
    "interleaved": [
        interleaved([5, 3, 9], [0.5, 0.2, 0.3], "first_exhausted"),
        interleaved([5, 3, 9], [0.5, 0.2, 0.3], "all_exhausted"),
        interleaved([1, 4], [0.1, 0.9], "all_exhausted"),
    ],
    "read": [
        read("json", "gsm8k.jsonl"),
        read("json", "identity.json"),
        read("csv", "pairs.csv"),
        read("text", "prose.txt"),
        read("parquet", "messages.parquet"),
    ],
}
(ROOT / "golden/data/batches.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
