"""Operators that look at all rows: deduplicators, selectors and groupers; and filters of images and sounds by file."""

import random

WORDS = (
    "river stone quiet morning lamp garden copper window sailor market thunder velvet orchard bridge winter candle "
    "harbor meadow signal paper forest engine silver pocket danger pepper ladder island mirror button"
).split()
ODD = ["", "one", "one two", "Tab\tand\nline  ends   only", "naïve café déjà-vu, été!", "😀 😁 😂 🤣 😃 😄", "日本語の文章です。"]


def planted(seed):
    """Texts, some of them copies of earlier ones with a few words changed, and odd ones in between."""
    draw = random.Random(seed)
    originals = [[draw.choice(WORDS) for _ in range(draw.randint(12, 24))] for _ in range(7)]
    texts = []
    for i, words in enumerate(originals):
        texts.append(" ".join(words))
        for changes in (0, 1, 1, 2, 4)[: draw.randint(1, 5)]:
            copy = list(words)
            for _ in range(changes):
                copy[draw.randrange(len(copy))] = draw.choice(WORDS)
            text = ("  " if draw.random() < 0.3 else " ").join(copy)
            texts.append(text.upper() if draw.random() < 0.3 else text)
    draw.shuffle(texts)
    return [{"id": i, "text": text} for i, text in enumerate(texts + ODD + texts[:2] + ODD[2:5])]


EXACT = [
    {"id": i, "text": text}
    for i, text in enumerate(
        ["A b 1", "a b 1", "A b 1 ", "\u001fA b 1", "ab", "a\u00a0b!", "a\ufeffb", "a\u001cb", "a٣b", "“ab”", "", " ", "AB", "a😀b", "a 😀-b"]
    )
]

NEAR = planted(1)
MINHASH = [
    {},
    {"window_size": 2, "jaccard_threshold": 0.5, "lowercase": False},
    {"tokenization": "character", "window_size": 4, "num_permutations": 64},
    {"tokenization": "punctuation", "window_size": 1, "num_bands": 3, "num_rows_per_band": 2, "num_permutations": 10},
    {"window_size": 3, "ignore_pattern": "[aeiou]+", "num_bands": 20, "num_rows_per_band": 2},
]
SIMHASH = [
    {},
    {"window_size": 2, "hamming_distance": 12, "num_blocks": 13},
    {"tokenization": "character", "window_size": 3, "hamming_distance": 7, "num_blocks": 9},
    {"tokenization": "punctuation", "window_size": 1},
]

TAGGED = [
    {"id": i, "tag": tag, "score": score, "meta": {"len": length, "list": [i % 3, 1]}}
    for i, (tag, score, length) in enumerate(
        [
            ("b", 0.5, "7"),
            ("a", 2.0, " 1e1 "),
            ("b", 0.5, None),
            ("c", -1.0, "x"),
            (None, 2.0, "3"),
            ("c", 0.25, "-inf"),
            ("b", 9.0, "7.0"),
            ("é", 0.5, "1_0"),
            ("\ue000", 3.5, "4"),
            ("😀", 0.5, "inf"),
            ("😀", 1.5, "4"),
        ]
    )
]
WITHOUT_NONE = [{**row, "tag": row["tag"] or "z"} for row in TAGGED]

SELECTORS = [
    ("frequency_specified_field_selector", {"field_key": "tag", "topk": 3}),
    ("frequency_specified_field_selector", {"field_key": "tag", "top_ratio": 0.5, "reverse": False}),
    ("frequency_specified_field_selector", {"field_key": "score", "top_ratio": 0.9, "topk": 2}),
    ("frequency_specified_field_selector", {"field_key": "meta.len", "topk": 100}),
    ("frequency_specified_field_selector", {"field_key": "tag"}),
    ("topk_specified_field_selector", {"field_key": "score", "topk": 5}),
    ("topk_specified_field_selector", {"field_key": "score", "top_ratio": 0.4, "reverse": False}),
    ("topk_specified_field_selector", {"field_key": "meta.len", "top_ratio": 1.0, "topk": 9}),
    ("topk_specified_field_selector", {"field_key": "meta.len", "topk": 100, "reverse": False}),
    ("topk_specified_field_selector", {"field_key": "meta.list", "topk": 4}),
    ("topk_specified_field_selector", {"topk": 4}),
    ("range_specified_field_selector", {"field_key": "score", "lower_percentile": 0.2, "upper_percentile": 0.8}),
    ("range_specified_field_selector", {"field_key": "meta.len", "lower_rank": 2, "upper_rank": 9}),
    (
        "range_specified_field_selector",
        {"field_key": "score", "lower_rank": 2, "lower_percentile": 0.1, "upper_rank": 9, "upper_percentile": 0.5},
    ),
    ("range_specified_field_selector", {"field_key": "score", "lower_rank": 20, "upper_rank": 30}),
    ("range_specified_field_selector", {"field_key": "tag", "lower_rank": 3, "upper_percentile": 1.0}),
    ("range_specified_field_selector", {"field_key": "score", "lower_rank": 3}),
    ("tags_specified_field_selector", {"field_key": "tag", "target_tags": ["b", "é", "Z"]}),
    ("tags_specified_field_selector", {"field_key": "meta.len", "target_tags": ["7", "4"]}),
]

TEXT_ORDER = {"field_key": "tag", "topk": 6}

BATCH = {"id": [1, 2, 3], "text": ["a", "b", "c"], "meta": [{"x": 1}, {"x": 2}, {"x": 3}]}

IMAGES = [
    {"images": [f"test/fixtures/images/{name}" for name in names]}
    for names in (
        ["photo.png"],
        ["photo-small.png", "grey.png"],
        ["noise.png", "flat.png", "noise.png"],
        ["turned.jpg"],
        ["clear.png", "palette.png"],
        ["photo.png"],
        ["photo-mirrored.png"],
        ["photo-small.png"],
    )
]
SAID = [{**row, "text": text} for row, text in zip(IMAGES, ["a", "b", "c", "d", "e", "a", "f", "g"])]
AUDIOS = [
    {"audios": [f"test/fixtures/audios/{name}" for name in names]}
    for names in (["tone.wav"], ["stereo.wav", "float.wav"], ["tone.flac", "mulaw.wav"])
]

CASES = [
    *[
        {"op": "document_deduplicator", "args": {"lowercase": lower, "ignore_non_character": ignore}, "rows": EXACT}
        for lower in (False, True)
        for ignore in (False, True)
    ],
    *[{"op": "document_minhash_deduplicator", "args": args, "rows": NEAR} for args in MINHASH],
    *[{"op": "document_simhash_deduplicator", "args": args, "rows": NEAR} for args in SIMHASH],
    *[
        {"op": "image_deduplicator", "args": {"method": method}, "rows": [{"id": i, **row} for i, row in enumerate(SAID)]}
        for method in ("phash", "dhash", "whash", "ahash")
    ],
    {
        "op": "image_deduplicator",
        "args": {"consider_text": True},
        "rows": [{"id": i, **row} for i, row in enumerate(SAID)],
    },
    *[{"op": op, "args": args, "rows": TAGGED} for op, args in SELECTORS],
    {"op": "topk_specified_field_selector", "args": TEXT_ORDER, "rows": WITHOUT_NONE},
    {"op": "naive_grouper", "rows": TAGGED[:4]},
    {"op": "key_value_grouper", "args": {"group_by_keys": ["tag"]}, "rows": TAGGED},
    {"op": "key_value_grouper", "args": {"group_by_keys": ["score", "meta.list.0"]}, "rows": TAGGED},
    {"op": "key_value_grouper", "rows": [{"text": text} for text in ("a", "b", "a", "A")]},
    {"op": "naive_reverse_grouper", "rows": [BATCH, {**BATCH, "id": [4, 5, 6]}]},
    {"op": "image_shape_filter", "args": {"min_width": 30, "max_height": 60}, "rows": IMAGES},
    {"op": "image_shape_filter", "args": {"min_width": 24, "min_height": 30, "any_or_all": "all"}, "rows": IMAGES},
    {"op": "image_aspect_ratio_filter", "args": {"min_ratio": 0.6, "max_ratio": 2}, "rows": IMAGES},
    {
        "op": "image_aspect_ratio_filter",
        "args": {"min_ratio": 1, "max_ratio": 1.34, "any_or_all": "all", "reversed_range": True},
        "rows": IMAGES,
    },
    {"op": "image_size_filter", "args": {"min_size": "1KB", "max_size": "3 KiB"}, "rows": IMAGES},
    {"op": "image_size_filter", "args": {"min_size": "1000", "any_or_all": "all"}, "rows": IMAGES},
    {"op": "audio_size_filter", "args": {"min_size": "1kb"}, "rows": AUDIOS},
    {"op": "audio_size_filter", "args": {"max_size": "2000", "any_or_all": "all"}, "rows": AUDIOS},
]
