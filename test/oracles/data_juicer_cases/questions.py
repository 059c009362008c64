"""Operators that ask a model, with the answers that it gives: what they make of them must be the same."""

import json

TEXT = "Ada wrote programs for Babbage's engine. Her mother called her a little scholar."
QA = {"text": TEXT, "query": "Who wrote programs?", "response": "Ada."}


def marks(names, values, **more):
    return json.dumps({"dimension_scores": dict(zip(names, values)), **more}, ensure_ascii=False)


ANALYSIS = ["clarity", "relevance", "usefulness", "fluency"]
QUALITY = ["accuracy", "grammar", "informativeness", "coherence"]
DIFFICULTY = ["linguistic_complexity", "conceptual_depth", "prior_knowledge", "step_complexity", "ambiguity"]
RELEVANCE = ["topical_relevance", "linguistic_style_match", "task_match", "knowledge_alignment", "potential_utility"]


def api(op, answers, rows, **args):
    return {"op": op, "args": args, "rows": rows, "answers": answers}


def answers_of(names):
    return [
        marks(names, [4, 5, 3, 4, 2], tags={"topic": "机器", "style": ["dry"]}, flags=[], rationale="Fine.", recommendation="keep"),
        "```json\n" + marks(names, [1, 1, 2, 1, 1], rationale='It says "{nothing}".', recommendation=["discard", None]) + "\n```",
        "Here it is: " + marks(names, [5, 5, 5, 5, 5], tags="all"),
        marks(names, [0, 0, 0, 0, 0], recommendation=None, tags=None),
    ]


ROWS = [{"text": text} for text in ("one", "two", "three", "four")]

FILTERS = [
    api("llm_analysis_filter", answers_of(ANALYSIS), ROWS),
    api("llm_analysis_filter", answers_of(ANALYSIS), ROWS, min_score=0.6, max_score=0.9, dim_required_keys=["clarity"]),
    api("llm_quality_score_filter", answers_of(QUALITY), ROWS),
    api("llm_quality_score_filter", answers_of(QUALITY), ROWS, min_score=0.8, min_closed_interval=False),
    api("llm_difficulty_score_filter", answers_of(DIFFICULTY), ROWS),
    api("llm_difficulty_score_filter", answers_of(DIFFICULTY), ROWS, reversed_range=True),
    api("llm_task_relevance_filter", answers_of(RELEVANCE), ROWS, valid_dataset=[{"text": "two and two"}]),
]

PAIR = "【问题】\nWho wrote programs for the engine?\n【回答】\nAda Lovelace did."
QA_MAPPERS = [
    api("calibrate_qa_mapper", [PAIR], [QA]),
    api("calibrate_qa_mapper", ["Q: who? A: she"], [QA], output_pattern=r"Q:\s*(.*?)\s*A:\s*(.*)"),
    api("calibrate_query_mapper", ["  Who, exactly, wrote programs? \n"], [QA]),
    api("calibrate_response_mapper", [" Ada did.\nBabbage did not. "], [QA]),
    api("calibrate_response_mapper", ["So: Ada did."], [QA], output_pattern=r"(So|Thus): (.*)"),
    api("optimize_qa_mapper", ["Well.\n" + PAIR + "\nAnd Babbage?"], [QA], is_hf_model=False),
    api("optimize_qa_mapper", ["【问题】\n【回答】\nonly this"], [QA], is_hf_model=False),
    api("optimize_query_mapper", [" Who wrote which programs?"], [QA], is_hf_model=False),
    api("optimize_response_mapper", ["Ada, for the engine.\n"], [QA], is_hf_model=False),
    api("pair_preference_mapper", ["好的。【回答】\nBabbage.\n【原因】\nThe facts\nare wrong."], [QA]),
    api("pair_preference_mapper", ["【回答】x【原因】y"], [QA], rejected_key="bad", reason_key="why"),
]

DIALOGS = "Human: Who?\nAssistant: Ada.\nShe did.\nHuman: What? Assistant: Programs.\n"
GENERATED = [
    api("generate_qa_from_text_mapper", [DIALOGS, "Human: And?Assistant: That is all."], [{"text": TEXT}, {"text": "b"}]),
    api("generate_qa_from_text_mapper", [DIALOGS], [{"text": TEXT, "id": 7}], max_num=1),
    api("text_tagging_by_prompt_mapper", [" 翻译\n"], [{"text": TEXT}], enable_vllm=False),
    api("optimize_prompt_mapper", ["【提示词】 first \n【x】", "【提示词】\nsecond", "hm 【提示词】third"], [{"prompt": "zero", "id": 1}]),
    api("optimize_prompt_mapper", ["【提示词】a"], [{"prompt": "zero", "id": 1}], gen_num=1, keep_original_sample=False),
]

NICKNAMES = """### 称呼方式1
- **说话人**：mother
- **被称呼人**：Ada
- **mother对Ada的昵称**：little scholar
### 称呼方式2
- **说话人**：Ada
- **被称呼人**：Babbage
- **Babbage对Ada的昵称**：mixed up
### 称呼方式3
- **说话人**：Ada
- **被称呼人**：Babbage
- **Ada对Babbage的昵称**：Babbage
"""
EVENTS = """### 情节1：
- **情节描述**： Ada wrote programs.
They ran.
- **相关人物**：Ada，Babbage、the engine
### 情节2：
- **情节描述**：Her mother called her a scholar.
- **相关人物**：Ada's mother
"""
ATTRIBUTES = """# Ada
## 职业：
Programmer.
### 代表性示例摘录1：
```
Ada wrote programs
```
### 代表性示例摘录2：
```
for Babbage's engine
```
"""
GRAPH = """("entity"<|>"Ada"<|>"person"<|>"Writes programs.")##
("entity"<|>"Babbage"<|>'person'<|>"Has an engine.")##
("entity"<|>"broken"<|>"person")##
("entity"<|>"Ada"<|>"person"<|>"Writes programs.")##
("relationship"<|>"Ada"<|>"Babbage"<|>"Programs his engine."<|>"programming, cooperation"<|>8.5)##
("relationship"<|>"Ada"<|>"Babbage"<|>"No number."<|>"x"<|>strong)<|COMPLETE|>"""
MORE = '("entity"<|>"Engine"<|>"technology"<|>"Runs programs.")<|COMPLETE|>'

TAGGED = {"text": TEXT, "__dj__meta__": {"event_description": "Ada wrote programs."}}
META = {"__dj__meta__": {"id": 1}}
EXTRACTION = [
    api("extract_keyword_mapper", ['("content_keywords" "engines, 程序、history"){x}("content_keywords" "more")'], [{"text": TEXT, **META}]),
    api("extract_nickname_mapper", [NICKNAMES], [{"text": TEXT, **META}]),
    api("extract_nickname_mapper", [NICKNAMES], [{"text": TEXT, **META}], nickname_key="names"),
    api("extract_event_mapper", [EVENTS], [{"text": TEXT, **META}]),
    api("extract_support_text_mapper", [" Ada wrote programs for Babbage's engine.\n"], [TAGGED]),
    api("extract_entity_attribute_mapper", [ATTRIBUTES], [{"text": TEXT, **META}], query_entities=["Ada"], query_attributes=["职业"]),
    api("extract_entity_relation_mapper", [GRAPH, MORE], [{"text": TEXT, **META}]),
    api("extract_entity_relation_mapper", [GRAPH, MORE, " 'YES'", "none more", "no"], [{"text": TEXT, **META}], max_gleaning=3),
    api("extract_entity_relation_mapper", [GRAPH], [{"text": TEXT, **META}], max_gleaning=0),
]

TALK = {"history": [["你好", "你好！"], ["太难了", "慢慢来。"]], "query": "谢谢", "response": "不客气", **META}


def talk(kind, mark, second, values):
    answers = [f"{mark}分析：第{i}句。\n{mark}{second}：{value}" for i, value in enumerate(values)]
    op = f"dialog_{kind}_mapper"
    return [api(op, answers, [TALK]), api(op, [text + "\n多余" for text in answers[1:]], [{**TALK, "history": [["太难了", "慢慢来。"]]}])]


DIALOG_MAPPERS = [
    *talk("intent_detection", "意图", "类别", ["问候", "求助", "问候"]),
    *talk("sentiment_detection", "情感", "类别", ["平静", "沮丧、疲惫", "感激"]),
    *talk("topic_detection", "话题", "类别", ["问候", "学习", "问候"]),
    *talk("sentiment_intensity", "情绪", "值", ["0", "-3", "2"]),
]

BATCH = {
    "text": ["a", "b", "c"],
    "__dj__meta__": [
        {"event_description": "Ada met Babbage at a party in London.", "topic": "医疗"},
        {"event_description": "She wrote programs for his engine, the first ever.", "topic": "健康"},
        {"event_description": "Her notes were printed.", "topic": "科技"},
    ],
    "__dj__batch_meta__": {"size": 3},
}
AGGREGATORS = [
    api("nested_aggregator", [' "“Ada met Babbage.”" '], [BATCH]),
    api("nested_aggregator", ["one two", "three", "all of it"], [BATCH], max_token_num=14, output_key="all"),
    api("nested_aggregator", ["first", "'second'", "both"], [BATCH], max_token_num=24),
    api("entity_attribute_aggregator", ["# Ada\n## 职业\n Programmer.\n"], [BATCH], entity="Ada", attribute="职业"),
    api(
        "entity_attribute_aggregator",
        ["# Ada\n## 职业\nA guest.", "x # Ada ## 职业 A writer.", "# Ada\n\n## 职业\n\nAn author.", "A guest, a writer, an author."],
        [BATCH],
        entity="Ada",
        attribute="职业",
        max_token_num=14,
    ),
    api("most_relevant_entities_aggregator", ["## 分析\nwell\n## 列表\nBabbage, mother、engine"], [BATCH], entity="Ada", query_entity_type="person"),
    api("meta_tags_aggregator", ["## 标签合并：\n** 医疗归类为健康 **\n** 科技归类为其他 **"], [BATCH], meta_tag_key="topic", target_tags=["健康", "其他"]),
]

JUDGED = ["clarification_quality", "coreference", "error_recovery", "memory_consistency", "non_repetition", "proactivity", "topic_shift"]
MARKS = ['```json\n{"score": 4, "reason": "Good."}\n```', '{"score": "2.5"}', 'So: {"reason": "Bad.", "score": 1, "more": {}}']
JUDGES = [api(f"dialog_{measure}_mapper", MARKS, [{**TALK, "id": i} for i in range(3)]) for measure in JUDGED]
SCHEMA = {"topic": "the subject", "names": "all names"}
SEMANTIC = [
    api("llm_condition_filter", ["Yes, it does.", " no", "Y", "No way"], ROWS, condition="It is a number."),
    api("llm_condition_filter", [], ROWS),
    api("llm_extract_mapper", ['{"topic": "engines", "names": ["Ada", "Babbage"], "more": 1}'], [{"text": TEXT, **META}], input_keys=["text"], output_schema=SCHEMA),
    api("llm_extract_mapper", ['Well. {"topic": null}'], [{"text": TEXT, **META}], input_keys=["text", "id"], output_schema=SCHEMA, meta_output_key="found"),
    api("relation_identity_mapper", ["分析推理：Ada wrote\nprograms.\n所以Babbage是Ada的：partner \n"], [{"text": TEXT, **META}], source_entity="Ada", target_entity="Babbage"),
    api("relation_identity_mapper", ["I think so.\n因此他们是：friends。\n"], [{"text": TEXT, **META}], source_entity="Ada", target_entity="Babbage"),
]

CASES = [*JUDGES, *SEMANTIC, *FILTERS, *QA_MAPPERS, *GENERATED, *EXTRACTION, *DIALOG_MAPPERS, *AGGREGATORS]
