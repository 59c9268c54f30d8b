"""The marks between which models write what they think before they answer.

As their documentations have them: DeepSeek R1, Qwen, GLM `<think>`; Anthropic's models and their imitators
`<thinking>`; Gemini's OpenAI endpoint `<thought>`; Magistral `[THINK]`; Kimi `◁think▷`; Seed `<seed:think>`; Command
`<|START_THINKING|>`; OpenThinker `<|begin_of_thought|>`; gpt-oss, served without its parser, the channels of Harmony.
"""

from __future__ import annotations

from collections.abc import Mapping

TAGS: Mapping[str, str] = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "\u25c1think\u25b7": "\u25c1/think\u25b7",
}
"""What closes what was opened."""

HARMONY = "<|channel|>final<|message|>"
"""Begins the answer of gpt-oss."""

MARKS: Mapping[str, str] = {
    **TAGS,
    "<|channel|>analysis<|message|>": HARMONY,
    "<|start|>assistant<|channel|>analysis<|message|>": HARMONY,
}
"""Of answers, whose words callers see: no tags that a caller may have asked for."""

IN_REPLIES: Mapping[str, str] = {
    **{opening.lower(): closing.lower() for opening, closing in TAGS.items()},
    "<reasoning>": "</reasoning>",
    "<reflection>": "</reflection>",
}
"""Of judges' replies and of answers as judges read them, in small letters: of these only what comes last is read."""
