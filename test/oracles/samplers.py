"""Golden values of selection: eigenvalues, square roots and Frechet distances, and the digits that tests train on.

    python test/oracles/samplers.py

Needs numpy, scipy and scikit-learn. Writes test/golden/data/geometry.json and test/fixtures/data/digits.bin.gz.
"""

import gzip
import json
import pathlib

import numpy
import scipy
import sklearn
from scipy.linalg import sqrtm
from sklearn.datasets import load_digits

TEST = pathlib.Path(__file__).resolve().parent.parent


def short(array):
    return [float(f"{value:.12g}") for value in numpy.asarray(array, dtype=float).ravel()]


def frechet(a, b):
    """As pytorch-fid: scipy.linalg.sqrtm of the product of the covariances."""
    apart = a.mean(0) - b.mean(0)
    sa, sb = numpy.cov(a, rowvar=False), numpy.cov(b, rowvar=False)
    return apart @ apart + numpy.trace(sa) + numpy.trace(sb) - 2 * numpy.trace(sqrtm(sa @ sb)).real


def main():
    draw = numpy.random.default_rng(7)
    matrices = []
    for size, kind in [(1, "full"), (5, "full"), (8, "low rank"), (6, "diagonal"), (12, "repeated")]:
        raw = draw.normal(size=(size, 3 if kind == "low rank" else size))
        matrix = raw @ raw.T
        if kind == "diagonal":
            matrix = numpy.diag(numpy.diag(matrix))
        if kind == "repeated":
            basis, _ = numpy.linalg.qr(raw)
            matrix = basis @ numpy.diag([1.0] * 6 + [2.5] * 6) @ basis.T
        matrix = numpy.round((matrix + matrix.T) / 2, 6)
        values, vectors = numpy.linalg.eigh(matrix)
        root = (vectors * numpy.sqrt(numpy.clip(values, 0, None))) @ vectors.T
        matrices.append(
            {"kind": kind, "size": size, "matrix": short(matrix), "eigenvalues": short(values), "root": short(root)}
        )
    distances = []
    for count_a, count_b, width in [(40, 30, 6), (5, 12, 8), (12, 5, 8), (30, 30, 1)]:
        a = numpy.round(draw.normal(size=(count_a, width)) * numpy.arange(1, width + 1), 3)
        b = numpy.round(draw.normal(size=(count_b, width)) + 0.5, 3)
        distance = (
            (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2 if width == 1 else frechet(a, b)
        )
        distances.append({"width": width, "a": short(a), "b": short(b), "distance": float(f"{distance:.9g}")})
    golden = {
        "made_by": "test/oracles/samplers.py",
        "versions": {"numpy": numpy.__version__, "scipy": scipy.__version__},
        "matrices": matrices,
        "distances": distances,
    }
    (TEST / "golden/data/geometry.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")

    digits = load_digits()
    rows = numpy.concatenate([digits.data.astype(numpy.uint8), digits.target[:, None].astype(numpy.uint8)], axis=1)
    packed = gzip.compress(rows.tobytes(), compresslevel=9, mtime=0)
    (TEST / "fixtures/data/digits.bin.gz").write_bytes(packed)
    print(f"digits: {rows.shape}, {len(packed)} bytes, scikit-learn {sklearn.__version__}")


main()
