"""Whether a question asks that the answer be JSON, and not merely speaks of JSON.

"Return the result as JSON" does; "what is JSON?", "explain this JSON", "write a function that returns JSON", "convert
this JSON to YAML" and "no JSON, please" do not.
"""

from __future__ import annotations

import re

_READ = 4000
_SENTENCE = re.compile(r"[^.!?\n\u3002\uff01\uff1f]{1,600}[.!?\u3002\uff01\uff1f]?")
_GIVE = (
    r"(?:return|output|respond|reply|answer|give|provide|produce|generate|format|list|print|present|extract|emit"
    r"|express"
    r"|summari[sz]e|classify|represent|encode|convert|turn|translate|render|deliver|write|structure|put|send|show"
    r"|use|make"
    r"|create|supply|fill|label|tag|parse|identify|find|name|rate|score|state|tell|describe|collect|gather|report)"
)
_MAKE = (
    r"(?:return|output|respond|reply|answer|give|provide|produce|generate|print|emit|write|create|make|send|deliver"
    r"|supply)"
)
"""What is done to the JSON itself; one can also parse, use or describe JSON that is given."""
_AS_JSON = (
    r"\b(?:as|in|into|to|using|with|only|valid)\s+"
    r"(?:(?:a|an|the|one|single|valid|strict|pure|raw|proper|well-formed|minified|compact|flat|plain|only|following"
    r"|nested|form of)\s+"
    r"){0,4}json\b"
)
_OWN_FORM = re.compile(
    rf"\b{_MAKE}\s+(?:(?:me|us|only|just|valid|strict|raw|pure|a|an|the|single|one)\s+){{0,4}}json\b"
    rf"|\b{_GIVE}\b.{{0,300}}?(?:{_AS_JSON}|\bjson (?:object|array|only|format|output|list|document|string)\b)"
    rf"|\bonly json\b"
    rf"|\b(?:answer|response|reply|output|result)s?\b.{{0,40}}\b(?:must|should|shall|has to|have to|needs? to"
    rf"|is to) be\b"
    r".{0,40}\bjson\b"
    rf"|^\W*(?:(?:output|answer|response|reply) )?(?:format|output)\s*:\s*(?:valid |strict |raw )?json\b"
    rf"|^\W*json (?:only|please)\b"
    rf"|^\W*(?:please,? )?(?:as|in|valid) (?:a |valid |strict )?json\b",
    re.IGNORECASE,
)
_MADE_OTHERWISE = re.compile(
    # What is to be made is a program, or a text about JSON.
    r"\b(?:function|script|code|program|class|method|parser|library|api|endpoint|command|query|regex|tool|app|service"
    r"|server|client|module|snippet|test|python|javascript|typescript|java|golang|rust|ruby|php|bash|sql|jq|curl|schema"
    r"|tutorial|essay|article|poem|haiku|joke|paragraph|introduction|guide|overview|difference|advantage|disadvantage"
    r"|pros and cons|why|how to|example of|examples of|explanation|explain|meaning|definition|history)s?\b",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    # JSON is what is given, and something else is wanted of it.
    r"\b(?:this|these|that|my|our|the (?:following|above|below|given|attached)"
    r"|following) (?:(?!to |into |as |in )\w+ ){0,2}json\b(?! format| schema| structure| object with)"
    r"|\bjson\b.{0,60}\b(?:to|into|as|in) (?:an? |the )?(?:yaml|xml|csv|toml|markdown|table|plain|prose|english"
    r"|german|french|words"
    r"|text|sentence|list|paragraph|html|sql|python|dict|protobuf|bullet)"
    r"|\bfrom json\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:no|not|without|avoid|never|don't|do not|instead of|rather than|kein|keine|nicht|ohne|sans|pas de|sin"
    r"|no use)\b[^.\n]{0,30}\bjson\b"
    r"|\u4e0d\u8981[^\u3002\n]{0,10}json|json[^\u3002\n]{0,6}\u4ee5\u5916",
    re.IGNORECASE,
)
_ASKS_ABOUT = re.compile(
    r"^\W*(?:what|why|how|when|where|which|who|is|are|does|do|did|should|was|were|has|have|explain|describe what"
    r"|define|compare"
    r"|was ist|was sind|wie|warum|qu'est|comment|pourquoi|qu\u00e9 es|c\u00f3mo|por qu\u00e9|\u4ec0\u4e48\u662f"
    r"|\u5982\u4f55|\u4e3a\u4ec0\u4e48|\u600e\u4e48"
    r"|\u0447\u0442\u043e \u0442\u0430\u043a\u043e\u0435|\u043a\u0430\u043a\b|\u043f\u043e\u0447\u0435\u043c\u0443)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:im|als) (?:g\u00fcltiges? )?json(?:-format|-objekt|-array)?\b|\b(?:au format|en) json\b"
    r"|\ben formato json\b|\b(?:em|no) (?:formato )?json\b"
    r"|\b(?:in|nel) formato json\b|\u0432 (?:\u0444\u043e\u0440\u043c\u0430\u0442\u0435|\u0432\u0438\u0434\u0435) json"
    r"|(?:\u4ee5|\u7528|\u8fd4\u56de|\u8f93\u51fa|\u6309|\u8f38\u51fa|\u4f7f\u7528)\s?(?:\u6709\u6548\u7684?"
    r"|\u7eaf)?\s?json"
    r"|json\s?(?:\u683c\u5f0f|\u5f62\u5f0f)?\s?(?:\u8fd4\u56de|\u8f93\u51fa|\u56de\u7b54|\u3067(?:\u7b54"
    r"|\u56de\u7b54|\u51fa\u529b|\u8fd4))|json\uc73c\ub85c|json \ud615\uc2dd",
    re.IGNORECASE,
)


def asks_for_json(question: str) -> bool:
    """Whether the answer itself should be JSON.

    >>> asks_for_json("List three colours. Return them as a JSON array."), asks_for_json("What is JSON good for?")
    (True, False)
    """
    read = question if len(question) <= _READ else question[: _READ // 2] + "\n" + question[-_READ // 2 :]
    if "json" not in read.lower():
        return False
    return any(_asks(match[0]) for match in _SENTENCE.finditer(read) if "json" in match[0].lower())


def _asks(sentence: str) -> bool:
    if _NOT.search(sentence) or _ASKS_ABOUT.match(sentence):
        return False
    if _ELSEWHERE.search(sentence):
        return not _MADE_OTHERWISE.search(sentence)
    found = _OWN_FORM.search(sentence)
    if found is None or _MADE_OTHERWISE.search(sentence[: found.end() + 12]):
        return False
    return not _GIVEN.search(sentence)
