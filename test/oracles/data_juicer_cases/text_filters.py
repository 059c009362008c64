"""Rule-based filters of texts and fields."""

WORDS = "test/fixtures/word-lists"
FIELDS = [
    {"n": 5, "lang": "en", "tags": ["a", "b"], "meta": {"stars": "12", "ok": True}, "__dj__suffix__": ".txt"},
    {"n": -2.5, "lang": "de", "tags": ["c"], "meta": {"stars": "1e2", "ok": False}, "__dj__suffix__": ".md"},
    {"n": 30, "lang": "", "tags": [], "meta": {"stars": "many", "ok": True}, "__dj__suffix__": ""},
]


def conditions():
    for condition in [
        "",
        "n > 3",
        "0 < n <= 30 and lang != 'en'",
        "n < 0 or (n == 30 and not lang == 'en')",
        "lang in ['en', 'de']",
        "lang not in ('en',)",
        "'a' in tags",
        "missing == 3",
        "missing in [1, 2]",
        "missing not in [1, 2]",
        "meta.ok == True",
        "-n >= 2.5",
        "meta.stars == '12'",
    ]:
        yield {"op": "general_field_filter", "args": {"filter_condition": condition}, "rows": FIELDS}


CASES = [
    {"op": "average_line_length_filter"},
    {"op": "average_line_length_filter", "args": {"min_len": 5, "max_len": 12}},
    {"op": "maximum_line_length_filter"},
    {"op": "maximum_line_length_filter", "args": {"min_len": 0, "max_len": 20, "max_closed_interval": False}},
    {"op": "text_length_filter"},
    {"op": "text_length_filter", "args": {"min_len": 20, "max_len": 60}},
    {"op": "special_characters_filter"},
    {"op": "special_characters_filter", "args": {"min_ratio": 0.1, "max_ratio": 0.9}},
    {"op": "character_repetition_filter"},
    {"op": "character_repetition_filter", "args": {"rep_len": 3, "min_ratio": 0.1, "max_ratio": 0.4}},
    {"op": "character_repetition_filter", "args": {"rep_len": 1}},
    {"op": "word_repetition_filter"},
    {"op": "word_repetition_filter", "args": {"rep_len": 2, "max_ratio": 0.2}},
    {"op": "word_repetition_filter", "args": {"rep_len": 1}},
    {"op": "stopwords_filter", "args": {"stopwords_dir": WORDS}},
    {"op": "stopwords_filter", "args": {"stopwords_dir": WORDS, "lang": "all", "min_ratio": 0.1}},
    {"op": "stopwords_filter", "args": {"stopwords_dir": WORDS, "use_words_aug": True, "words_aug_group_sizes": [1, 2]}},
    {"op": "flagged_words_filter", "args": {"flagged_words_dir": WORDS}},
    {
        "op": "flagged_words_filter",
        "args": {"flagged_words_dir": WORDS, "use_words_aug": True, "words_aug_group_sizes": [2, 3], "max_ratio": 0.1},
    },
    {"op": "suffix_filter", "args": {"suffixes": [".txt", ".md"]}, "rows": FIELDS},
    {"op": "suffix_filter", "args": {"suffixes": []}, "rows": FIELDS},
    {"op": "specified_field_filter", "args": {"field_key": "lang", "target_value": ["en", "fr"]}, "rows": FIELDS},
    {"op": "specified_field_filter", "args": {"field_key": "tags", "target_value": ["a", "b"]}, "rows": FIELDS},
    {
        "op": "specified_field_filter",
        "args": {"field_key": "meta.ok", "target_value": [True], "reversed_range": True},
        "rows": FIELDS,
    },
    {"op": "specified_numeric_field_filter", "args": {"field_key": "n", "min_value": 5}, "rows": FIELDS},
    {
        "op": "specified_numeric_field_filter",
        "args": {"field_key": "meta.stars", "max_value": 50, "reversed_range": True},
        "rows": FIELDS,
    },
    *conditions(),
]
