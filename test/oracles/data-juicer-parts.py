"""What Data-Juicer's deduplicators and filters of files compute on the way: golden/data-juicer-parts.json.

Permutations and bands of MinHash, fingerprints of SimHash, hashes of images, lengths of sounds. Needs the environment
of data-juicer.py and soundfile; Data-Juicer decodes sounds with torchcodec, whose frames are those of soundfile.

    python test/oracles/data-juicer-parts.py
"""

import hashlib
import importlib.metadata
import json
import pathlib

import librosa
import numpy as np
import soundfile
from data_juicer.ops.deduplicator.document_minhash_deduplicator import DocumentMinhashDeduplicator, optimal_param
from data_juicer.ops.deduplicator.document_simhash_deduplicator import DocumentSimhashDeduplicator
from data_juicer.ops.deduplicator.image_deduplicator import get_hash_method
from data_juicer.utils.mm_utils import load_image

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden"
TEXTS = json.loads((GOLDEN / "data-juicer" / "texts.json").read_text())["texts"]
IMAGES = ROOT / "test" / "fixtures" / "images"
AUDIOS = ROOT / "test" / "fixtures" / "audios"


def minhash():
    op = DocumentMinhashDeduplicator(window_size=2, num_permutations=30, num_bands=6, num_rows_per_band=5)
    rows = op.perm_a, op.perm_b
    many = DocumentMinhashDeduplicator(num_permutations=256)
    every = ",".join(f"{a}:{b}" for a, b in zip(many.perm_a.tolist(), many.perm_b.tolist()))
    minima = []
    for text in TEXTS:
        sample = op.compute_hash({"text": text})
        [key] = [value for name, value in sample.items() if name != "text"]
        minima.append(np.frombuffer(b"".join(key), dtype=">u8").tolist())
    return {
        "first_permutations": [[str(a), str(b)] for a, b in list(zip(*(part.tolist() for part in rows)))[:4]],
        "sha256_of_256_permutations": hashlib.sha256(every.encode()).hexdigest(),
        "minima_of_30_permutations_and_2_words": minima,
    }


def bands():
    thresholds = [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99, 0.0, 1.0]
    return [[t, n, *optimal_param(t, n)] for t in thresholds for n in (16, 64, 100, 128, 256)]


def simhash():
    found = []
    for args in ({}, {"tokenization": "character", "window_size": 3}, {"tokenization": "punctuation", "window_size": 1}):
        op = DocumentSimhashDeduplicator(**args)
        samples = [op.compute_hash({"text": text}) for text in TEXTS]
        prints = [next(value for name, value in sample.items() if name != "text") for sample in samples]
        found.append({"args": args, "fingerprints": prints})
    return found


def images():
    hashes = {}
    for path in sorted(IMAGES.iterdir()):
        if path.stem == "broken":
            continue
        pixels = np.array(load_image(str(path)))
        hashes[path.name] = {
            name: get_hash_method(name)(verbose=False).encode_image(image_array=pixels)
            for name in ("phash", "dhash", "whash", "ahash")
        }
    return hashes


def durations():
    lengths = {}
    for path in sorted(AUDIOS.iterdir()):
        if path.stem != "broken":
            sound, rate = soundfile.read(path)
            lengths[path.name] = librosa.get_duration(y=sound.T, sr=rate)
    return lengths


def main():
    path = GOLDEN / "data-juicer-parts.json"
    packages = ("py-data-juicer", "numpy", "scipy", "simhash-pybind", "imagededup", "pillow", "soundfile")
    golden = {
        "made_by": "python test/oracles/data-juicer-parts.py",
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "minhash": minhash(),
        "bands": bands(),
        "simhash": simhash(),
        "images": images(),
        "durations": durations(),
    }
    path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
