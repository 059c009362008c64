"""golden/tensor/resize.json: torch.nn.functional.interpolate in every mode, up and down."""

import torch
from oracle import digits7, write_golden

X = torch.sin(torch.arange(1, 16, dtype=torch.float64)).reshape(1, 1, 3, 5)
MODES = [("nearest", "nearest", None), *((m, t, c) for m, t in [("linear", "bilinear"), ("cubic", "bicubic")] for c in (False, True))]


def resized(torch_mode, corners, size):
    options = {} if corners is None else {"align_corners": corners}
    return torch.nn.functional.interpolate(X, size=size, mode=torch_mode, **options)


cases = [
    {"mode": mode, "align_corners": bool(corners), "size": list(size), "values": digits7(resized(torch_mode, corners, size).flatten())}
    for mode, torch_mode, corners in MODES
    for size in [(6, 10), (4, 3), (1, 7)]
]
write_golden("tensor/resize.json", {"cases": cases})
