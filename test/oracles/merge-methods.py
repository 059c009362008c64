"""Tensors merged by mergekit, to test/golden/merge-methods.json. Needs `pip install mergekit`, recorded with 0.1.5.

    python test/oracles/merge-methods.py

DARE is not among them: mergekit draws its masks itself, and rescales in another way.
"""

import json
import pathlib
from importlib.metadata import version

import torch
from mergekit.merge_methods.base import TensorGroup
from mergekit.merge_methods.registry import get
from mergekit.merge_methods.slerp import slerp

OUT = pathlib.Path(__file__).resolve().parents[1] / "golden" / "merge-methods.json"
ROWS, COLUMNS = 5, 7


def group_merge(name, base, models, weights, density, scale, normalize):
    method = get(name)
    group = TensorGroup.from_tensors([base, *models], base_index=0)
    ids = range(1, len(models) + 1)
    return method.merge_group(
        group,
        weight=dict(zip(ids, weights)),
        density=dict(zip(ids, density)),
        normalize=normalize,
        rescale=False,
        int8_mask=False,
        **{"lambda": scale},
    )


def main():
    torch.manual_seed(5)
    base = torch.randn(ROWS, COLUMNS)
    models = [base + 0.3 * torch.randn(ROWS, COLUMNS) for _ in range(3)]
    # Entries that nobody changed, and two that are equally far.
    for model in models:
        model[0, :2] = base[0, :2]
    models[0][1, 1] = base[1, 1] + 0.25
    models[0][1, 2] = base[1, 2] - 0.25
    cases = []
    for name in ("task_arithmetic", "ties"):
        for weights, density, scale, normalize in (
            ((1, 1, 1), (1, 1, 1), 1, name == "ties"),
            ((1, -0.5, 0.25), (0.5, 0.4, 0.6), 0.7, False),
            ((0.2, 0.3, 0.9), (0.5, 0.01, 0.9), 1.5, True),
        ):
            merged = group_merge(name, base, models, weights, density, scale, normalize)
            numbers = {"weights": weights, "density": density, "lambda": scale, "normalize": normalize}
            cases.append({"method": name, "numbers": numbers, "merged": merged.flatten().tolist()})
    for t in (0.0, 0.3, 1.0):
        merged = slerp(torch.tensor([t]), models[0][None], models[1][None])[0]
        cases.append({"method": "slerp", "numbers": {"t": t}, "models": 2, "merged": merged.flatten().tolist()})
    # One against the other's opposite, and two of one direction: the straight line.
    for t, second in ((0.4, -models[0]), (0.4, 2 * models[0])):
        merged = slerp(torch.tensor([t]), models[0][None], second[None])[0]
        case = {"method": "slerp", "numbers": {"t": t}, "second": second.flatten().tolist()}
        cases.append({**case, "models": 2, "merged": merged.flatten().tolist()})
    head = {"made_by": "python test/oracles/merge-methods.py"}
    versions = {"mergekit": version("mergekit"), "torch": torch.__version__}
    tensors = {"base": base.flatten().tolist(), "models": [model.flatten().tolist() for model in models]}
    OUT.write_text(json.dumps({**head, "versions": versions, **tensors, "cases": cases}, separators=(",", ":")) + "\n")
    print(OUT.name, OUT.stat().st_size)


if __name__ == "__main__":
    main()
