"""The format judge on kinds of questions: what it must find, and what it must not take for a flaw."""

import json

import pytest
from pointsman_service.domain import ChatMessage, ModelAnswer, Question
from pointsman_service.judges.choice_asked import choices_of
from pointsman_service.judges.fences import fence_left_open
from pointsman_service.judges.format import worst_finding
from pointsman_service.judges.json_asked import asks_for_json
from pointsman_service.judges.refusal import refuses

ASKS_JSON = [
    "Give the facts as JSON.",
    "Return a JSON object with the keys name and age.",
    "List three colours. Return them as a JSON array.",
    "Please respond with valid JSON only.",
    "Answer in JSON.",
    "Extract the names from this text and output JSON.",
    "Classify the review. Reply in JSON format with a field label.",
    "Can you give me the result in JSON?",
    "Convert this table to JSON.",
    "Output format: JSON",
    "Return only JSON, no prose.",
    'Provide your answer in the following JSON format:\n{"answer": ...}',
    "Summarise the text as a JSON object.",
    "Format the output as strict JSON",
    "Respond with a single JSON object",
    "Antworte im JSON-Format.",
    "Gib das Ergebnis als JSON aus.",
    "R\u00e9ponds au format JSON.",
    "Responde en formato JSON.",
    "请以JSON格式返回结果。",
    "Ответь в формате JSON.",
    "JSON形式で答えてください。",
    "Your response must be valid JSON.\nName two rivers.",
    "Put the results into a JSON list.",
    "Write the configuration as JSON",
    "Convert this YAML to JSON:\na: 1",
]  # fmt: skip

ASKS_NO_JSON = [
    "Explain in simple words what JSON is.",
    "What is JSON?",
    "What does null mean in JSON?",
    'Is this valid JSON? {"a": 1,}',
    "How do I parse JSON in Python?",
    "Write a Python function that returns the data as JSON.",
    "Write a script to convert CSV into JSON.",
    'Explain this JSON: {"a": 1}',
    'Convert this JSON to YAML: {"a": 1}',
    'Summarise the following JSON in one sentence: {"a": 1}',
    "What is the difference between JSON and XML?",
    "Why do APIs respond with JSON instead of XML?",
    "Answer in plain text, not JSON.",
    "Do not use JSON in your answer.",
    "Write a poem about a valid JSON document.",
    "Which HTTP header says that a response is in JSON?",
    "Give me an example of how to read JSON in Go.",
    "Turn the following JSON into a table.",
    "Describe the advantages of storing configuration in JSON.",
    "My API returns JSON. How can I cache it?",
    "Who invented JSON?",
    "Tell me a joke about JSON.",
    "Write a jq command that returns a JSON array.",
    "Was ist JSON? Erkl\u00e4re es in einem Satz.",
    "Wie speichere ich ein Datum in JSON?",
    "Qu'est-ce que JSON ?",
    "什么是JSON\uff1f",
    "不要用JSON回答。",
    "Что такое JSON?",
    'Parse the JSON and tell me the name: {"name": "Ann"}',
    'Given the JSON {"a": 2}, what is a squared?',
    "Make a shopping list (no JSON please).",
    "How can I get a model to respond in JSON?",
    "I want my API to return JSON. Which header do I need?",
    "Show the difference between a JSON object and a JSON array.",
]  # fmt: skip

REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but I cannot assist with this request.",
    "Sorry, I can't do that.",
    "I cannot help you with that request.",
    "I can't provide instructions for that.",
    "I am unable to answer this question.",
    "As an AI language model, I cannot have opinions.",
    "I must decline to answer this.",
    "I won't help with this.",
    "Unfortunately, I can't share that information.",
    "I apologize, but I cannot generate such content.",
    "I'm sorry, but I can't help with that. If you like, I can help with something else.",
    "I can't help with that. It would be illegal, and it could hurt people. Please think again.",
    "Es tut mir leid, aber dabei kann ich nicht helfen.",
    "Leider kann ich diese Frage nicht beantworten.",
    "D\u00e9sol\u00e9, je ne peux pas vous aider.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "Desculpe, mas n\u00e3o posso ajudar com isso.",
    "Mi dispiace, ma non posso aiutarti.",
    "Извините, но я не могу помочь.",
    "抱歉\uff0c我无法回答这个问题。",
    "申し訳ありませんが、お答えできません。",
    "죄송하지만 도와드릴 수 없습니다.",
    "As an AI made by somebody, I cannot assist with that.",
    "My apologies, but I'm unable to assist with that.",
    "I'd rather not help with that.",
]  # fmt: skip

NO_REFUSALS = [
    ("Give me the steps.", "I'm sorry, but those were wrong; here are the right ones: 1. Open it. 2. Save it."),
    ("Tell me.", "Sorry for the confusion! The right number is 12."),
    ("Tell me.", "I can't wait to tell you: it is a girl."),
    ("Tell me.", "I'm sorry to hear that. Rest, drink water, and see a doctor if it lasts."),
    ("What now?", "Unfortunately, the shop is closed on Sundays."),
    ("What is it?", "I cannot stress this enough: back up first."),
    ("May I sue?", "I can't give legal advice, but here is how such cases go: first you write, then you wait."),
    (
        "What do you feel about tea?",
        "As an AI, I don't drink tea, but many find green tea lighter and black tea fuller, so begin with green.",
    ),
    ("Write an apology letter to a customer.", "I'm sorry, but I can't undo the delay. We will refund you."),
    ("Write a message that declines an invitation.", "I'm sorry, but I can't come on Friday."),
    ("How do I politely refuse to help a colleague?", "\"I'm sorry, but I can't help with that today.\""),
    ("Translate 'Es tut mir leid, ich kann nicht helfen' into English.", "I'm sorry, I can't help."),
    ("Write a dialogue between a robot and a thief.", "I cannot help you, said the robot."),
    ("Schreib eine Absage an einen Bewerber.", "Leider k\u00f6nnen wir Ihnen keine Zusage geben."),
    ("写一封道歉信。", "抱歉\uff0c我无法参加。"),
    ("Fix my code.", "I can't see the loop end anywhere, so it never stops. Add a break:\n```python\nbreak\n```"),
    ("What does error 403 mean?", "The server refuses the request: you are not allowed to see the page."),
    ("How do I say I don't know in German?", "\u201eIch wei\u00df es nicht.\u201c"),
    ("What is wrong?", "I'm sorry, but I can't see any error in the code; the loop is right."),
    ("What does HAL say?", "I'm sorry, Dave. I'm afraid that the doors stay closed."),
    ("What can you not do?", "I can't browse the web, and I can't remember what was said before."),
]  # fmt: skip

CHOICES = [
    "Which gas?\nA. Oxygen\nB. Nitrogen",
    "Which? (A) red (B) blue",
    "Choose the right one.\nA) 3\nB) 4\nC) 5",
    "What is the capital of France?\nA. Paris\nB. Rome\nC. Madrid",
    "The sky is ____.\nA. blue\nB. green",
    "Which statement is true?\n(A) Ice floats.\n(B) Ice sinks.\nExplain your choice.",
    "How many legs has a spider?\nA. six\nB. eight",
    "A. red\nB. blue\n\nPick the one that is warmer.",
    "Welche Farbe hat der Himmel?\nA. rot\nB. blau",
    "Quelle est la capitale de la France ?\nA. Paris\nB. Lyon",
    "下列哪个是气体\uff1f\nA. 铁\nB. 氧",
    "Какой газ?\nA. Кислород\nB. Азот",
    "どれが正しいですか。\nA. 水\nB. 火",
]  # fmt: skip

NO_CHOICES = [
    "Summarise these sections:\nA. Introduction\nB. Methods\nC. Results",
    "Rewrite my list:\nA) buy milk\nB) call mum",
    "Translate these lines into French:\nA. Good morning\nB. Good night",
    "Here is my outline. What do you think of it?\nA. Start\nB. Middle\nC. End",
    "Explain each step:\nA. Preheat\nB. Bake",
    "Compare the two plans:\nA. Rent\nB. Buy",
    "Write an essay with this outline:\nA. Origins\nB. Growth\nC. Decline",
    "Sort these by age:\nA. Rome\nB. Berlin",
    "Answer both questions.\nA. What is tea?\nB. What is coffee?",
    "My agenda:\nA. Budget\nB. Staff\n\nDraft an invitation.",
    "Turn this into a table:\nA. 3 apples\nB. 4 pears",
    "How can I improve these headings?\nA. Intro\nB. Stuff",
    "Proofread:\nA. Teh cat\nB. Teh dog",
    "Fasse diese Abschnitte zusammen:\nA. Einleitung\nB. Methode",
    "总结以下部分\uff1a\nA. 引言\nB. 方法",
    "Tell me a story.",
    "Who wrote these?\nA. Hamlet\nB. Faust",
    "What are the capitals of these:\nA. France\nB. Spain",
    "I have some things at home:\nA. eggs\nB. flour\nWhat can I cook?",
    "将下列句子翻译成英文\uff1a\nA. 你好\nB. 再见",
]  # fmt: skip

GASES = "Which gas do plants take in?\nA. Oxygen\nB. Carbon dioxide\nC. Nitrogen"
CHOSEN = [
    "B", "b", "(B)", "B.", "**B**", "Answer: B", "The answer is B.", "\\boxed{B}", "\\boxed{\\text{B}}",
    "$\\mathbf{B}$",
    "Carbon dioxide.", "They take in carbon dioxide, which they need for growth.", "Option B, since they need carbon.",
    "It is \u0412.", "答案是B。", "I would go with B.", "None of the above.", "\u0421",
    "A plant takes in the second of them: **B**", "The second option.", "option b", "it is (b)",
]  # fmt: skip
NOT_CHOSEN = [
    "A plant needs light, water and good earth, and it grows when it has all of them.",
    "I think that plants are wonderful, and that it is worth reading about them.",
    "That depends on the time of day and on the kind of plant, so more must be known.",
]


def finding(question, answer, finish_reason="stop", **more):
    """What the judge finds worst."""
    asked = Question((ChatMessage("user", question),), **more)
    return worst_finding(asked, ModelAnswer(answer, finish_reason, 1, 1, 0.0, 1.0))


@pytest.mark.parametrize("question", ASKS_JSON)
def test_a_question_that_asks_for_json_is_known(question):
    """In words, with or without "format", in several languages; prose is then a flaw, JSON none."""
    assert asks_for_json(question)
    assert finding(question, "That is hard to say.").reason == "no JSON"
    assert finding(question, '{"name": "Ada"}').score == 1.0
    assert finding(question, 'Sure:\n```json\n{"name": "Ada"}\n```').score == 1.0


@pytest.mark.parametrize("question", ASKS_NO_JSON)
def test_a_question_that_speaks_of_json_asks_for_none(question):
    """An explanation, a program, or another form of what is given is no JSON."""
    assert not asks_for_json(question)


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refusal_is_known_in_many_languages(answer):
    """Also with a reason, and with an offer to help with something else."""
    assert refuses("Tell me the thing.", answer)


@pytest.mark.parametrize(("question", "answer"), NO_REFUSALS)
def test_an_apology_is_no_refusal_where_help_follows_or_words_were_asked_for(question, answer):
    """Sorry for a mistake, a letter of apology, advice after "I can't give advice"."""
    assert not refuses(question, answer)
    assert finding(question, answer).score == 1.0


@pytest.mark.parametrize("question", CHOICES)
def test_options_of_a_question_are_choices(question):
    """The question before or after them says so."""
    assert choices_of(question) is not None
    assert finding(question, "That depends on much, and it is worth thinking on it for a while.").score == 0.3


@pytest.mark.parametrize("question", NO_CHOICES)
def test_other_lettered_lists_are_no_choices(question):
    """Sections, tasks, steps, agendas."""
    assert choices_of(question) is None
    assert finding(question, "A: 1, 2, 3.").score == 1.0
    assert "choices" not in finding(question, "That depends on much, and it is worth some thought.").reason


@pytest.mark.parametrize("answer", CHOSEN)
def test_an_answer_chooses_by_letter_or_by_words(answer):
    """However the letter is dressed, and in letters that look the same."""
    assert finding(GASES, answer).score == 1.0


@pytest.mark.parametrize("answer", NOT_CHOSEN)
def test_the_article_and_the_pronoun_are_no_choice(answer):
    """An answer that begins with "A plant" chooses nothing."""
    assert finding(GASES, answer).reason == "none of the choices that were given"


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("```python\ndef f():\n    return 1", True),
        ("```python\nx\n```", False),
        ("```\nx\n```\nand\n```js\ny", True),
        ("Use printf '```' to print it.", False),
        ("It is ```code``` in a line.", False),
        ("1. First:\n   ```sh\n   ls\n   ```\n2. Then", False),
        ("> ```\n> quoted\n> ```", False),
        ("````markdown\n```python\nx\n```\n````", False),
        ("```markdown\n```python\nx\n```\n```", False),
        ("```python\ns = '''\n```js\n'''\n```", False),
        ("No code at all.", False),
    ],
)
def test_a_fence_is_a_line(text, is_open):
    """What either Markdown's rule or the models' own nesting closes is closed."""
    assert fence_left_open(text) == is_open


@pytest.mark.parametrize(
    ("question", "answer", "score"),
    [
        ("Write a bash script that prints a backtick fence", "```sh\ncat <<X\n```\nX\n", 1.0),
        ("Write a function in Python.", "```python\ndef f():\n    return 1", 0.5),
        ("How do I say good morning in Hindi?", "सुप्रभात " * 8, 1.0),
        ("What are the letters of the Greek alphabet?", "\u03b1 \u03b2 \u03b3 \u03b4 \u03b5 \u03b6 " * 8, 1.0),
        ("请把这句话改得更正式\uff1a你好", "尊敬的先生\uff0c您好。" * 5, 1.0),
        ("请介绍北京的历史。", "Beijing has a long history and many famous places to see.", 0.3),
        ("Tell me about errors in Python.", "An error is an exception: `raise ValueError('I cannot do that')`.", 1.0),
        ("Give the facts as JSON.", '{"a": 1, "b": "never clos', 0.2),
        ("Give the facts as JSON lines.", '{"a": 1}\n{"a": 2}', 1.0),
        ("Return the prices as JSON.", "[1, 2, 3]", 1.0),
        ("", "Something.", 1.0),
    ],
)  # fmt: skip
def test_other_kinds(question, answer, score):
    """Fences that were asked for, writing systems that were asked for, JSON cut off or line by line."""
    assert finding(question, answer).score == score


def test_no_reason_is_given_for_a_flawless_answer_and_one_for_every_flaw():
    """Operators read it in `judges try`."""
    assert finding("Hi", "Hello!").reason == ""
    assert finding("Hi", " ").reason == "empty"
    assert finding("Hi", "Hel", "length").reason == "cut off at the token limit"
    assert finding("Hi", "I'm sorry, but I can't help with that.").reason == "a refusal"
    assert finding("Hi", "Hi", response_format={"type": "json_object"}).reason == "no JSON"


@pytest.mark.parametrize(
    "text",
    [
        "```" * 300_000,
        "``` " * 200_000,
        "```json\n" * 100_000,
        " " * 1_000_000 + "x",
        "{" * 300_000,
        '{"a":' * 100_000,
        "A. " * 200_000,
        "sorry, " * 100_000,
        "json " * 100_000,
        json.dumps([{}] * 100_000),
    ],
    ids=lambda text: text[:8],
)
def test_a_long_text_made_to_be_slow_is_judged_in_work_that_grows_with_its_length(text):
    """As question and as answer. What was quadratic took minutes here."""
    assert 0 <= finding(text, text).score <= 1
    assert 0 <= finding("Give it as JSON. " + text, text, response_format={"type": "json_object"}).score <= 1
