"""Losses of tokens and their gradients by PyTorch and transformers, to test/golden/train/token-losses.json.

    python test/oracles/token-losses.py

Label smoothing by transformers' LabelSmoother; z-loss and DFT by their formulas on torch's own cross-entropy.
"""

import torch
from oracle import digits7, seeded, write_golden
from transformers.trainer_pt_utils import LabelSmoother

ROWS, WIDTH, VOCAB = 5, 4, 7
DRAW = seeded("token losses")
HIDDEN = torch.randn(ROWS, WIDTH, generator=DRAW)
HEAD = torch.randn(VOCAB, WIDTH, generator=DRAW)
LABELS = torch.randint(0, VOCAB, (ROWS,), generator=DRAW)


def nll(logits):
    return torch.nn.functional.cross_entropy(logits, LABELS, reduction="none")


def smoothed(logits, smoothing):
    return LabelSmoother(epsilon=smoothing)({"logits": logits}, LABELS, num_items_in_batch=1)


def z_term(logits):
    return (torch.logsumexp(logits, dim=-1) ** 2).sum()


def dft(logits):
    per_token = nll(logits)
    return (per_token * torch.exp(-per_token).detach()).sum()


CASES = [
    ({}, {}, lambda x: nll(x).sum()),
    ({"labelSmoothing": 0.1}, {}, lambda x: smoothed(x, 0.1)),
    ({"labelSmoothing": 0.3}, {"softcap": 3.0, "scale": 0.7}, lambda x: smoothed(x, 0.3)),
    ({"zLoss": 0.01}, {}, lambda x: nll(x).sum() + 0.01 * z_term(x)),
    ({"zLoss": 0.01}, {"softcap": 3.0}, lambda x: nll(x).sum() + 0.01 * z_term(x)),
    ({"dft": True}, {}, dft),
    ({"dft": True}, {"softcap": 3.0}, dft),
    ({"labelSmoothing": 0.2, "zLoss": 0.05}, {"scale": 1.3}, lambda x: smoothed(x, 0.2) + 0.05 * z_term(x)),
]


def main():
    cases = []
    for options, head, loss in CASES:
        hidden, matrix = HIDDEN.clone().requires_grad_(), HEAD.clone().requires_grad_()
        logits = hidden @ matrix.T * head.get("scale", 1.0)
        if "softcap" in head:
            logits = head["softcap"] * torch.tanh(logits / head["softcap"])
        value = loss(logits)
        value.backward()
        case = {"options": options, "head": head, "loss": digits7(value)}
        cases.append({**case, "hidden_grad": digits7(hidden.grad.flatten()), "head_grad": digits7(matrix.grad.flatten())})
    write_golden(
        "train/token-losses.json",
        {
            "shape": {"rows": ROWS, "width": WIDTH, "vocab": VOCAB},
            "hidden": digits7(HIDDEN.flatten()),
            "head": digits7(HEAD.flatten()),
            "labels": LABELS.tolist(),
            "cases": cases,
        },
    )


if __name__ == "__main__":
    main()
