"""Every argument of the rule-based filters of texts: bounds that are values of rows, open, closed and reversed; other columns."""

WORDS = "test/fixtures/word-lists"
STORIES = [
    {"story": "the cat and the dog and the cat and the dog are over there to please me", "text": "other"},
    {"story": "spam spam 天气 很 jumps over", "text": ""},
    {"story": "!", "text": "12345 67890 12345 67890 12345 67890"},
]
FIELDS = [
    {"n": 5, "lang": "en", "__dj__suffix__": ".txt"},
    {"n": 7, "lang": "de", "__dj__suffix__": ".md"},
    {"n": 9, "lang": "en", "__dj__suffix__": ".txt"},
]

# Of each filter: the name of its range, and two values that texts of texts.json have.
RANGES = {
    "alphanumeric_filter": ("ratio", 0.7027027027027027, 0.7954545454545454),
    "average_line_length_filter": ("len", 12.0, 50.0),
    "maximum_line_length_filter": ("len", 12, 50),
    "text_length_filter": ("len", 12, 50),
    "special_characters_filter": ("ratio", 0.125, 0.36),
    "character_repetition_filter": ("ratio", 0.0392156862745098, 0.25),
    "word_repetition_filter": ("ratio", 0.0, 0.9),
    "words_num_filter": ("num", 5, 9),
}
ENDS = [
    {},
    {"min_closed_interval": False},
    {"max_closed_interval": False},
    {"reversed_range": True},
    {"reversed_range": True, "min_closed_interval": False, "max_closed_interval": False},
]
OTHER = {"word_repetition_filter": {"rep_len": 2}, "character_repetition_filter": {"rep_len": 3}}
LISTS = {"stopwords_filter": {"stopwords_dir": WORDS}, "flagged_words_filter": {"flagged_words_dir": WORDS}}


def cases():
    for op, (name, low, high) in RANGES.items():
        for ends in ENDS:
            yield {"op": op, "args": {f"min_{name}": low, f"max_{name}": high, **ends}}
        yield {"op": op, "args": {f"min_{name}": 0, "text_key": "story", **OTHER.get(op, {})}, "rows": STORIES}
    for lang in ("zh", "de"):
        yield {"op": "words_num_filter", "args": {"lang": lang, "min_num": 2}}
        yield {"op": "word_repetition_filter", "args": {"lang": lang, "rep_len": 2, "min_ratio": 0.1}}
    for op, args in LISTS.items():
        for ends in ENDS:
            yield {"op": op, "args": {**args, "text_key": "story", "min_ratio": 0.3, "max_ratio": 0.5, **ends}, "rows": STORIES}
        yield {"op": op, "args": {**args, "lang": "all", "min_ratio": 0.05, "max_ratio": 0.5}}
        yield {"op": op, "args": {**args, "lang": "zh", "min_ratio": 0.01, "text_key": "story"}, "rows": STORIES}
        augment = {"use_words_aug": True, "words_aug_group_sizes": [2], "words_aug_join_char": "-"}
        yield {"op": op, "args": {**args, **augment, "text_key": "story", "min_ratio": 0.0}, "rows": STORIES}
        joined = {"use_words_aug": True, "words_aug_group_sizes": [1, 2, 3], "words_aug_join_char": ""}
        yield {"op": op, "args": {**args, **joined, "text_key": "story", "min_ratio": 0.1}, "rows": STORIES}
    for ends in ENDS:
        between = {"field_key": "n", "min_value": 5, "max_value": 9, **ends}
        yield {"op": "specified_numeric_field_filter", "args": between, "rows": FIELDS}
        yield {"op": "specified_field_filter", "args": {"field_key": "lang", "target_value": ["en"], **ends}, "rows": FIELDS}
        yield {"op": "general_field_filter", "args": {"filter_condition": "n > 5 and lang == 'en'", **ends}, "rows": FIELDS}
        yield {"op": "suffix_filter", "args": {"suffixes": [".txt"], **ends}, "rows": FIELDS}
    yield {"op": "suffix_filter", "args": {"suffixes": ".md"}, "rows": FIELDS}


CASES = list(cases())
