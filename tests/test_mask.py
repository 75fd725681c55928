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
    *(
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
    ),
]
LEADS = [
    *("my buyer", "I told", "client:", "On Friday", "Director", "Thanks", "he said no. Then", "from", "(with", "and"),
]
"""What stands before personal data, so that a name does not open a sentence."""


def left(personal: str, hidden: str) -> list[str]:
    """The words of `personal` that can still be read."""
    return [word for word in re.findall(r"\w{3,}", personal) if word in hidden]


@pytest.mark.parametrize("personal", PERSONAL)
def test_personal_data_in_a_sentence_is_hidden(personal: str) -> None:
    mask = Mask()
    hidden = mask.hide(f"My buyer wrote that {personal} came to us.")
    assert not left(personal, hidden)
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


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("On Friday Karen told me.", "On Friday [NAME_1] told me."),
        ("I told Director Anna Schmidt.", "I told Director [NAME_1]."),
        ("Director Anna Schmidt knows.", "Director [NAME_1] knows."),
        ("Thanks Anna, I left.", "Thanks [NAME_1], I left."),
        ("My client is April Jones.", "My client is April [NAME_1]."),
        ("April Jones is my client.", "April [NAME_1] is my client."),
        ("On Monday HR asked Tom about Legal.", "On Monday HR asked [NAME_1] about Legal."),
    ],
)
def test_name_beside_a_word_that_is_none_is_hidden(text: str, hidden: str) -> None:
    assert Mask().hide(text) == hidden


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("My client (Karen) shouts.", "My client ([NAME_1]) shouts."),
        ("client: Karen", "client: [NAME_1]"),
        ('"Karen said no."', '"[NAME_1] said no."'),
        ("“Karen, stop.”", "“[NAME_1], stop.”"),
        ("I left; Karen stayed - Tom too.", "I left; [NAME_1] stayed - [NAME_2] too."),
        ("I dislike some, e.g. Karen.", "I dislike some, e.g. [NAME_1]."),
        ("I know [Karen] well.", "I know [[NAME_1]] well."),
        ("J. Smith called me.", "[NAME_1] called me."),
        ("I met J. R. Smith, J.R. Jones and J.Weber.", "I met [NAME_1], [NAME_2] and [NAME_3]."),
        ("Then Karen S. left.", "Then [NAME_1] left."),
        ("I asked mr. Jones and Dr. J. Smith.", "I asked [NAME_1] and [NAME_2]."),
    ],
)
def test_name_after_a_mark_that_ends_no_sentence_is_hidden(text: str, hidden: str) -> None:
    assert Mask().hide(text) == hidden


@pytest.mark.parametrize(
    "after",
    [
        *(" keeps yelling at me.", " is my boss.", " was drunk.", " has my list.", " had my list.", " told me."),
        *(" said no.", " asked me.", " called.", " wants a gift.", " sent it.", " took it.", " did it.", " shouts."),
        *(" offered him money.", " always yells.", " really wanted it.", " doesn't pay.", " won’t pay.", " and I met."),
        *(" and Tom met.", ", who pays, left.", "'s manager left.", "’s manager left."),
    ],
)
@pytest.mark.parametrize("before", ["", "I left. ", "He left!\n", "I list:\n- ", "He said “no.” "])
def test_name_that_opens_a_sentence_is_hidden(before: str, after: str) -> None:
    text = f"{before}Luther{after}"
    mask = Mask()
    hidden = mask.hide(text)
    assert hidden.startswith(f"{before}[NAME_1]")
    assert not left("Luther Tom", hidden)
    assert mask.reveal(hidden) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("ANNA SCHMIDT called me.", "[NAME_1] called me."),
        ("I told ANNA SCHMIDT about the CRM.", "I told [NAME_1] about the CRM."),
        ("I told our CEO ANNA SCHMIDT.", "I told our CEO [NAME_1]."),
        ("I told Anna SCHMIDT, J. SMITH and Mr. WEBER.", "I told [NAME_1], [NAME_2] and [NAME_3]."),
        ("I told Anna, and ANNA left.", "I told [NAME_1], and [NAME_2] left."),
    ],
)
def test_name_in_capitals_is_hidden(text: str, hidden: str) -> None:
    mask = Mask()
    assert mask.hide(text) == hidden
    assert mask.reveal(hidden) == text


@pytest.mark.parametrize(
    "text",
    [
        "Yesterday my client asked me out.",
        "Came back from holiday and found my account gone.",
        "Everyone is afraid. Someone told HR. Nobody asked me. Management knows. HR called.",
        "My boss keeps yelling. Boss is angry. Manager said no. Client wants a gift. Customers asked for it.",
        "He told me. She's angry. They've left. Who did it? What is this? It was me, and that's bad.",
        "Colleague took it. Coworker sent it. Co-worker has it. Buyer offered money.",
        "Taking gifts worries me. Feeling pressured to sign. Went as planned. Met his boss. Received gifts.",
        "He left. Don't know why. Can't sleep. Let's see. Is this allowed? Should I report?",
        "In the CRM HR has VIP CEO USA in it, and the NDA. U.S. law is strict.",
        "I DO NOT like it. Our RFP is out.",
        "MY BOSS YELLS AT ME EVERY DAY",
        "He said: “Give me ten percent”, \"Trust me\" and 'Sign it'. “You don't get it,” he said (Yes).",
        "This is what I saw:\n- Drinks at noon\n2. Lies to a buyer",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Mask().hide(text) == text


def test_what_is_hidden_is_unreadable_and_comes_back_in_every_story() -> None:
    random = Random(7)
    for _ in range(3000):
        personal = random.choices(PERSONAL, k=random.randint(1, 5))
        pieces = [f"{random.choice(LEADS)} {piece}" for piece in personal]
        pieces += random.choices(PLAIN, k=random.randint(1, 8))
        random.shuffle(pieces)
        story = random.choice([" ", "\n", "  "]).join(pieces)
        mask = Mask()
        hidden = mask.hide(story)
        assert not [word for piece in personal for word in left(piece, hidden)], (story, hidden)
        assert mask.reveal(hidden) == story
