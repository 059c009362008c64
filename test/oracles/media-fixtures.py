"""Small images and sounds to test with: fixtures/images and fixtures/audios. Made here, so that nobody owns them.

Needs pillow, numpy and soundfile.

    python test/oracles/media-fixtures.py
"""

import pathlib

import numpy as np
import soundfile
from PIL import Image

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"


def waves(width, height, shift=0.0):
    """Colours that change slowly and are not symmetric, as in a photograph."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    red = np.sin(5.1 * x + 2.3 * y * y + shift) + 0.4 * np.cos(9.7 * x * y)
    green = np.cos(3.3 * x * x - 4.9 * y + shift)
    blue = np.sin(7.7 * y + 1.9 * x + 0.3)
    stacked = np.stack([red, green, blue], axis=-1)
    return np.clip(127 + 70 * stacked, 0, 255).astype(np.uint8)


def images():
    folder = FIXTURES / "images"
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    photo = waves(80, 60)
    Image.fromarray(photo).save(folder / "photo.png")
    Image.fromarray(photo).resize((56, 42), Image.Resampling.BICUBIC).save(folder / "photo-small.png")
    Image.fromarray(photo).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "photo-mirrored.png")
    Image.fromarray(rng.integers(0, 256, (13, 37, 3), dtype=np.uint8)).save(folder / "noise.png")
    Image.fromarray(waves(20, 48, 1.5)[..., 0]).save(folder / "grey.png")
    clear = np.concatenate([waves(24, 24, 2.5), rng.integers(0, 256, (24, 24, 1), dtype=np.uint8)], axis=-1)
    Image.fromarray(clear).save(folder / "clear.png")
    Image.fromarray(waves(30, 30, 4.0)).quantize(16).save(folder / "palette.png")
    Image.fromarray(np.full((10, 10, 3), 200, dtype=np.uint8)).save(folder / "flat.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(waves(40, 24, 0.7)).save(folder / "turned.jpg", exif=exif, quality=80)
    (folder / "broken.png").write_bytes((folder / "photo.png").read_bytes()[:20])


def audios():
    folder = FIXTURES / "audios"
    folder.mkdir(parents=True, exist_ok=True)
    tone = np.sin(np.arange(1000) * 0.2).astype(np.float32) * 0.5
    soundfile.write(folder / "tone.wav", tone, 8000, subtype="PCM_16")
    soundfile.write(folder / "stereo.wav", np.stack([tone[:441], -tone[:441]], axis=1), 44100, subtype="PCM_24")
    soundfile.write(folder / "float.wav", tone[:300], 16000, subtype="FLOAT")
    soundfile.write(folder / "mulaw.wav", tone[:801], 8000, subtype="ULAW")
    soundfile.write(folder / "adpcm.wav", tone, 11025, subtype="IMA_ADPCM")
    soundfile.write(folder / "wide.wav", tone[:123], 8000, subtype="PCM_16", format="RF64")
    soundfile.write(folder / "tone.flac", tone, 8000)
    (folder / "broken.wav").write_bytes((folder / "tone.wav").read_bytes()[:30])


if __name__ == "__main__":
    images()
    audios()
