"""Keys are found in every form that a provider may say them in, and nothing else is taken out."""

import base64
import json
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.domain.redaction import HEAD, REDACTED, Redactor
from pointsman_service.domain.spelled_keys import RUN

KEY = 'sk-live-01234+/"=&<89'


@pytest.fixture
def redactor():
    """One that knows KEY."""
    return Redactor({"SOME_API_KEY": KEY})


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        f"Bearer {KEY}",
        quote(KEY, safe=""),
        quote(KEY, safe="").lower(),
        quote_plus(KEY),
        quote(quote(KEY, safe=""), safe=""),
        json.dumps(KEY),
        json.dumps(KEY).replace("/", "\\/"),
        json.dumps(json.dumps(KEY)),
        KEY.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;"),
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(f":{KEY}".encode()).decode(),
        base64.b64encode(f"ab:{KEY}".encode()).decode(),
        base64.b64encode(f"abc:{KEY}:more".encode()).decode(),
        base64.urlsafe_b64encode(f"abc:{KEY}".encode()).decode(),
        KEY[:HEAD],
    ],
)
def test_every_form_is_found(redactor, form):
    """Whatever stands around it stays."""
    said = redactor.text(f"before {form} after {form}.")
    assert said.startswith("before ")
    assert said.endswith(".")
    assert said.count(REDACTED) == 2
    assert KEY[:HEAD] not in said
    assert "01234" not in said


def test_what_was_cut_within_a_key_is_found_too(redactor):
    """Texts of providers are cut to a length, which does not look for keys."""
    assert redactor.text(f"it is {KEY[:6]}...") == f"it is {REDACTED}..."
    assert redactor.text("it is so...") == "it is so..."


def test_texts_without_keys_are_the_same_object(redactor):
    """Most are."""
    text = "sk- is how keys begin; sk-live too"
    assert redactor.text(text) is text


def test_short_values_are_no_keys():
    """Else a key of "a" would blacken every text."""
    assert Redactor({"SOME_KEY": "secret"}).text("no secret") == "no secret"


def test_what_is_looked_for_is_what_is_named_like_a_key():
    """Providers' own variables, which litellm reads, and the password of a proxy."""
    environ = {
        "ANTHROPIC_API_KEY": "key-0123456789",
        "HF_TOKEN": "token-0123456789",
        "AWS_SECRET_ACCESS_KEY": "secret-0123456789",
        "HTTPS_PROXY": "http://ann:hunter22222@proxy.example:3128",
        "HOME": "/home/ann-0123456789",
    }
    said = Redactor(environ).text("key-0123456789 token-0123456789 secret-0123456789 hunter22222 /home/ann-0123456789")
    assert said == "[key] [key] [key] [key] /home/ann-0123456789"


def test_json_is_cleaned_in_every_place(redactor):
    """Names of fields, too; what is no text stays as it is."""
    assert redactor.value({"a": [KEY, 1, None, {KEY: True}], "b": ("x", KEY)}) == {
        "a": [REDACTED, 1, None, {REDACTED: True}],
        "b": ("x", REDACTED),
    }


@given(st.text(alphabet="sk-live01234 .", max_size=40), st.lists(st.integers(0, 60), max_size=5))
def test_a_stream_held_back_says_what_the_whole_says(around, cuts):
    """However it is cut into pieces: no piece shows a part of the key, and nothing is lost."""
    redactor = Redactor({"KEY": "sk-live-0123456789"})
    whole = f"{around}sk-live-0123456789{around}"
    held, shown = "", ""
    edges = [0, *sorted(min(c, len(whole)) for c in cuts), len(whole)]
    for start, end in pairwise(edges):
        held += whole[start:end]
        split = len(held) - redactor.held_back(held)
        shown, held = shown + redactor.text(held[:split]), held[split:]
    shown += redactor.text(held)
    assert "sk-live-0123456789"[:HEAD] not in shown
    assert shown == redactor.text(whole)


@pytest.mark.parametrize(
    "spelled",
    [
        KEY.upper(),
        KEY[3:],
        "..." + KEY[-RUN:],
        "".join(f"%{ord(c):02X}" for c in KEY),
        "".join(f"\\x{ord(c):02x}" for c in KEY),
        "".join(f"\\u{ord(c):04x}" for c in KEY),
        "".join(f"&#{ord(c)};" for c in KEY),
        "".join(f"&#x{ord(c):x};" for c in KEY),
        KEY.encode().hex(),
        KEY.encode().hex().upper(),
    ],
)
def test_a_key_is_known_however_it_is_spelled(redactor, spelled):
    """In other case, escaped in any way, without its beginning; what stands around it stays."""
    said = redactor.text(f"100%25 of \\u0041: {spelled} & more")
    assert said.replace("...", "") == f"100%25 of \\u0041: {REDACTED} & more"


def test_words_that_a_secret_has_too_stay(redactor):
    """Of a secret that is no single word, parts may be words of any answer."""
    redactor.knows('{"type": "service_account", "uri": "https://accounts.example.com/o/oauth2/auth"}')
    text = "See https://accounts.example.com/o/oauth2/auth for a service_account."
    assert redactor.text(text) == text
