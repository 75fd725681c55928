from __future__ import annotations

import re
from random import Random

import pytest

from advisor.mask import Mask

PERSONAL = [
    *("Anna Schmidt", "Tom", "Jean-Luc Picard", "Ludwig van Beethoven", "Anna O'Brien", "Zoë", "Mr. Jones", "Dr Weber"),
    *("anna.schmidt@acme.example", "+49 170 1234567", "(030) 1234567", "555-123-4567", "DE89 3704 0044 0532 0130 00"),
    *("GB29NWBK60161331926819", "4111 1111 1111 1111", "4111-1111-1111-1111", "https://acme.example/x?y=1#z"),
    *("www.acme.example/offer", "AB12C345", "x7f9q2"),
]
PLAIN = [
    "my buyer",
    "gave me",
    "a watch,",
    "on Monday",
    "and HR",
    "said no.",
    "(quietly)",
    "“well”",
    "for 900 dollars",
    "…",
]


@pytest.mark.parametrize("personal", PERSONAL)
def test_personal_data_in_a_sentence_is_hidden(personal: str) -> None:
    mask = Mask()
    hidden = mask.hide(f"My buyer wrote that {personal} came to us.")
    assert not [word for word in re.findall(r"\w{3,}", personal) if word in hidden]
    assert re.fullmatch(r"My buyer wrote that (\[[A-Z]+_\d\])+ ?came to us\.", hidden)
    assert mask.reveal(hidden) == f"My buyer wrote that {personal} came to us."


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Anna called. I told Anna to stop.", "[NAME_1] called. I told [NAME_1] to stop."),
        ("I know Anna Schmidt and Tom. Tom left.", "I know [NAME_1] and [NAME_2]. [NAME_2] left."),
        ("Mr. Jones and Mrs Jones met Mr. Jones.", "[NAME_1] and [NAME_2] met [NAME_1]."),
        (
            "Call +1 555 010 9999 or write to a@b.example, c@d.example.",
            "Call [PHONE_1] or write to [EMAIL_1], [EMAIL_2].",
        ),
    ],
)
def test_same_text_gets_the_same_placeholder(text: str, hidden: str) -> None:
    assert Mask().hide(text) == hidden


def test_placeholders_are_kept_from_turn_to_turn() -> None:
    mask = Mask()
    assert mask.hide("My boss is Anna.") == "My boss is [NAME_1]."
    assert mask.hide("Anna told Tom.") == "[NAME_1] told [NAME_2]."
    assert mask.reveal("[NAME_2] and [NAME_1], not [NAME_3] or [EMAIL_1]") == "Tom and Anna, not [NAME_3] or [EMAIL_1]"


@pytest.mark.parametrize(
    "text",
    [
        "I met my buyer on Monday in March, and again at Christmas.",
        "My manager, HR, Legal, Compliance and Finance know, and so does Sales Operations.",
        "Ask Security or Human Resources, or Legal Counsel.",
        "We use WhatsApp, LinkedIn, Excel and the CRM, in English and in German.",
        "I may. It is mine, I'm sure. May I? Then I left.",
        "She paid 900 dollars, USD 1,250.50 or 12 percent at 10:30 in 2026.",
        "The meeting was on 2026-01-05, and the next is on 05/02/2026.",
    ],
)
def test_words_that_name_nobody_stay(text: str) -> None:
    assert Mask().hide(text) == text


def test_name_once_seen_in_full_is_hidden_in_part() -> None:
    hidden = Mask().hide("My colleague Anna Schmidt called. Anna said no, and Schmidt is her name. Schmidt left.")
    assert not re.search("Anna|Schmidt", hidden)


@pytest.mark.parametrize("name", ["Łukasz", "Özil", "McDonald", "Šimon Novák"])
def test_name_with_any_capital_is_hidden(name: str) -> None:
    assert Mask().hide(f"My buyer is {name}.") == "My buyer is [NAME_1]."


@pytest.mark.parametrize("typed", ["[NAME_1]", "[[NAME_1]]", "[[[NAME_1]]]", "[EMAIL_1]"])
def test_placeholder_that_the_asker_typed_is_not_ours(typed: str) -> None:
    mask = Mask()
    hidden = mask.hide(f"I wrote {typed} to Anna at a@b.example.")
    shown = mask.reveal(hidden)
    assert hidden.count("[NAME_1]") == hidden.count("[EMAIL_1]") == 1
    assert (shown.count("Anna"), shown.count("a@b.example")) == (1, 1)


def test_address_inside_a_link_comes_back() -> None:
    mask = Mask()
    assert (
        mask.reveal(mask.hide("See https://a.example/?to=b@c.example now."))
        == "See https://a.example/?to=b@c.example now."
    )


def test_what_is_hidden_comes_back_in_every_story() -> None:
    random = Random(7)
    for _ in range(3000):
        pieces = random.choices(PERSONAL, k=random.randint(1, 5)) + random.choices(PLAIN, k=random.randint(1, 8))
        random.shuffle(pieces)
        story = random.choice([" ", "\n", "  "]).join(pieces)
        mask = Mask()
        assert mask.reveal(mask.hide(story)) == story
