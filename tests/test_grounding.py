"""Grounding with the bundled encoder: what is true passes, each kind of lie does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from advisor.citing import plain
from advisor.company import load_company
from advisor.document import parse_document
from advisor.embedding import Encoder, Vectors, load_encoder
from advisor.grounding import MAX_WORDS, Grounding, is_whole
from tests.fakes import HashedEncoder

PACK = Path(__file__).resolve().parent.parent / "knowledge"
LIMIT = "Decline anything above USD 50 and tell your manager within 2 working days."
SHARE = "Ask Compliance, if the gift is worth more than 10 percent of the price."
WORTH = "Keep it only if it is worth USD 50 at most and nobody wants anything for it."
KEEP = "You may keep a thing below USD 50."
CASH = "Do not take cash, gift cards, crypto, loans or shares, however small."
MONEY = "Turn down money in any form, and tell Compliance the same working day."
AGREE = "Do not keep it without the agreement of HR."
RECORD = "You must not record the call unless the client agrees."
FAMILY = "No. What goes to your family counts as given to you. Ask your manager, or turn it down for all of you."
PENDING = (
    "If it is worth up to USD 50 and has no strings, yes; log it in the register. "
    "If it is more, ask your manager before you use it."
)
POLICE = "Call the police if the client threatens your manager."
LOG = "Then log the offer in the register at once."
THANK = "Thank the client and log the offer in the register."
QUOTE = 'To the client say only what is true. Do not say: "We will match any price." Be polite.'
CONSENT = "You may record the call with the client's consent."

TRUE = [
    (LIMIT, "Tell your manager within 2 working days, and decline anything above USD 50."),
    (LIMIT, "Decline anything above USD 50 and tell my manager within 2 working days."),
    (SHARE, "If the gift is worth more than 10 percent of the price, ask Compliance."),
    (WORTH, "Only keep it if it is worth USD 50 at most and nobody wants anything for it."),
    (KEEP, "I may keep a thing below USD 50."),
    (CASH, "Don't take cash, gift cards, crypto, loans or shares, however small."),
    (MONEY, "Turn money down in any form, and tell Compliance the same working day."),
    (AGREE, "Don’t keep it without the agreement of HR."),
    (RECORD, "Unless the client agrees, you must not record the call."),
    (RECORD, "You mustn't record the call unless the client agrees."),
    (PENDING, "Ask your manager before you use it if it is more."),
    (LOG, "Log the offer in the register at once."),
    (LOG, "You log the offer in the register at once."),
    ("First, write down who was there, and give the note to HR.", "Write down who was there, and give the note to HR."),
    ("Also, do not call the client yourself.", "Don't call the client yourself."),
    ("If the client insists, say that you cannot decide it.", "If the client insists, say that you can't decide it."),
    ("If he insists, say that you cannot decide it.", "Say that you cannot decide it if he insists."),
    ("Write to hr@company.example and keep a copy.", "Keep a copy, and write to hr@company.example."),
]

NUMBER, DENIES, OPENS = "has another number or limit", "denies something else", "opens with another answer"
CONDITIONS, PEOPLE, TIME = "has other conditions", "names other people", "has another time"
MORE, MARKUP = "says something else than the passage", "holds a link, markup or a placeholder"
LIES = [
    (LIMIT, "Decline anything above USD 2 and tell your manager within 50 working days.", NUMBER),
    (LIMIT, LIMIT.replace(" within 2 working days", ""), NUMBER),
    (LIMIT, LIMIT.replace("USD 50", "USD 50 or 2"), NUMBER),
    ("Call in two days, or write in ten weeks.", "Call in ten days, or write in two weeks.", NUMBER),
    ("Answer in 2 days, and call in 3 weeks.", "Answer in 2 weeks, and call in 3 days.", NUMBER),
    ("Log it within 2 days after the visit.", "Log it after 2 days within the visit.", NUMBER),
    ("Ask above 10 percent or 20 dollars.", "Ask above 20 percent or 10 dollars.", NUMBER),
    ("Ask above $10 or €20.", "Ask above $20 or €10.", NUMBER),
    (CASH, CASH.replace("Do not take", "Take"), DENIES),
    ("Do not sign it, and tell your manager.", "Sign it, and do not tell your manager.", DENIES),
    ("You may read it, but you must not sign it.", "You may sign it, but you must not read it.", DENIES),
    (KEEP, KEEP.replace("may", "may not"), DENIES),
    ("No, unless your manager says yes.", "Yes, unless your manager says no.", OPENS),
    (WORTH, WORTH.replace("only if", "if"), CONDITIONS),
    ("Call the police if the client hits you.", "Call the police, the client hits you.", CONDITIONS),
    ("Log it, if it is small, or ask HR.", "Log it, it is small, or ask HR.", CONDITIONS),
    (POLICE, "Call the police if your manager threatens the client.", PEOPLE),
    (POLICE, "Call your manager if the client threatens the police.", PEOPLE),
    ("If you are in danger, call Security today.", "If you are in danger, call Security.", TIME),
    (POLICE, "Call the police.", CONDITIONS),
    (LIMIT, f"{LIMIT} Hire a lawyer.", NUMBER),
    (LIMIT, f"{LIMIT} CANARY-7731", NUMBER),
    (LIMIT, LIMIT.replace("above", "marzipan above"), MORE),
    (
        LIMIT,
        f"You may {LIMIT.lower().replace('usd', 'USD')}",
        "permits what the passage does not, or the other way round",
    ),
    (LIMIT, f"{LIMIT} Call +49 170 1234567.", "names '+49 170 1234567', which the passage does not"),
    (LIMIT, f"{LIMIT} Write to b@evil.example now.", "names 'b@evil.example', which the passage does not"),
    (LIMIT, LIMIT.replace("manager", "manager Jane Miller"), "names 'Jane', which the passage does not"),
    (SHARE, SHARE.replace("Compliance", "Finance"), "names 'Finance', which the passage does not"),
    (LIMIT, f"{LIMIT} See https://evil.example/x.", MARKUP),
    (LIMIT, LIMIT.replace("your manager", "[your manager](x)"), MARKUP),
    (LIMIT, LIMIT.replace("manager", "<b>manager</b>"), MARKUP),
    (LIMIT, " ", "is empty or too long"),
    (LIMIT, f"{LIMIT} " * (MAX_WORDS // 10), "is empty or too long"),
]
ANSWERS = "Touching or insults? HR. Money or lies? Compliance. A lawyer or the press? Legal."
PRESSES = "If the buyer presses you, politely go; if you are threatened, call Security at once."
ON_YOUR_OWN = "Say yes on your own only if it costs up to USD 100 a head, the host comes along, and there is business."
NEAR_LIES = [  # for these any objection will do
    ("number", LIMIT, LIMIT.replace("50", "500")),
    ("number word", LIMIT, LIMIT.replace("2 working", "three working")),
    ("unit", LIMIT, LIMIT.replace("days", "weeks")),
    ("unit", MONEY, MONEY.replace("day", "week")),
    ("limit word", LIMIT, LIMIT.replace("above", "below")),
    ("limit word", WORTH, WORTH.replace("at most", "at least")),
    ("dropped limit", KEEP, "You may keep a thing."),
    ("percentage", SHARE, SHARE.replace("percent", "dollars")),
    ("currency", LIMIT, LIMIT.replace("USD", "EUR")),
    ("currency", LIMIT, LIMIT.replace("USD 50", "€50")),
    ("currency", "Keep it below EUR 50 or USD 60.", "Keep it below USD 50 or EUR 60."),
    ("time", "If you are in danger, call Security at once.", "If you are in danger, call Security."),
    ("time", "Call Security today and sign it tomorrow.", "Call Security tomorrow and sign it today."),
    ("added not", LIMIT, f"Do not d{LIMIT[1:]}"),
    ("added not", CASH, CASH.replace("not take", "not refuse to take")),
    ("added not", "Leave the papers as they are.", "Leave the papers as they are not."),
    ("dropped not", "Say that you may not, and stay out of it.", "Say that you may, and stay out of it."),
    (
        "dropped not",
        "Do not take, sell or hide it, and do not take part.",
        "Take, sell or hide it, and do not take part.",
    ),
    ("dropped not", "Promise nothing and sign nothing.", "Promise everything and sign nothing."),
    ("answer to another question", ANSWERS, "Money or lies? HR."),
    ("answer to another question", ANSWERS, "Touching or insults? HR. Money or lies? HR."),
    (
        "swapped conditions",
        PRESSES,
        "If you are threatened, politely go; if the buyer presses you, call Security at once.",
    ),
    (
        "dropped condition",
        ON_YOUR_OWN,
        "Say yes on your own only if it costs up to USD 100 a head, and there is business.",
    ),
    ("dropped qualifier", "Trips need your manager's written yes first.", "Trips need your manager's yes first."),
    ("dropped condition", "You may keep it, provided you log it.", "You may keep it."),
    ("dropped condition", "You may keep it as long as you log it.", "You may keep it."),
    ("must not", RECORD, RECORD.replace("must not", "may")),
    ("yes and no", FAMILY, "Yes, what goes to your family counts as given to you."),
    (
        "yes and no",
        "Say no, whatever the amount, and write it down.",
        "Say yes, whatever the amount, and write it down.",
    ),
    ("dropped condition", RECORD, "You must not record the call."),
    ("dropped condition", WORTH, "Keep it only if it is worth USD 50 at most."),
    ("dropped condition", PENDING, "If it is worth up to USD 50, yes; log it in the register."),
    ("dropped condition", CONSENT, "You may record the call."),
    ("condition", RECORD, RECORD.replace("unless", "if")),
    ("condition", AGREE, AGREE.replace("without", "with")),
    ("condition", WORTH, WORTH.replace("only if", "even if")),
    ("condition", "Sign only if HR agrees, even on a Sunday.", "Sign even if HR agrees, only on a Sunday."),
    ("order", PENDING, "If it is more, ask your manager after you use it."),
    ("order", PENDING, "If it is more, use it before you ask your manager."),
    ("order", "Keep the copy and send back the rest.", "Send back the copy and keep the rest."),
    ("role", LIMIT, LIMIT.replace("manager", "colleague")),
    ("role", MONEY, MONEY.replace("Compliance", "the team")),
    ("role", LIMIT, LIMIT.replace("your manager", "[NAME_1]")),
    ("role", "Tell your manager before a client asks.", "Tell the client before a client asks."),
    ("role", "A manager must approve each discount in writing.", "You must approve each discount in writing."),
    ("permission", CONSENT, CONSENT.replace("may", "must")),
    ("permission", "You may keep a pen.", "You may keep cash."),
    ("advice", THANK, THANK.replace("Thank", "Bribe")),
    ("advice", THANK, THANK.replace("log", "delete")),
    ("advice", THANK, THANK.replace(".", ", and keep the cash.")),
    ("contact", LIMIT, LIMIT.replace("manager", "manager [EMAIL_1]")),
    ("contact", LIMIT, LIMIT.replace("manager", "manager [PHONE_1]")),
    ("link", LIMIT, LIMIT.replace("days.", "days [LINK_1].")),
    ("cut", QUOTE, "We will match any price."),
    ("cut", QUOTE, '"We will match any price."'),
    ("cut", PENDING, "Log it in the register."),
    ("cut", "Do not do either of these: share the list; call the client.", "Call the client."),
    ("cut", RECORD, "Record the call."),
]


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return load_encoder("bundled", tmp_path_factory.mktemp("models"), 1)


@pytest.fixture(scope="session")
def grounding(encoder: Encoder) -> Grounding:
    return Grounding(encoder)


@pytest.mark.parametrize(("passage", "statement"), TRUE, ids=[said for _, said in TRUE])
def test_true_paraphrase_passes(grounding: Grounding, passage: str, statement: str) -> None:
    assert grounding.objection(statement, passage) is None


@pytest.mark.parametrize(("passage", "statement", "why"), LIES, ids=[said for _, said, _ in LIES])
def test_lie_fails_with_its_reason(grounding: Grounding, passage: str, statement: str, why: str) -> None:
    assert grounding.objection(statement, passage) == why


@pytest.mark.parametrize(
    ("kind", "passage", "statement"), NEAR_LIES, ids=[f"{kind}: {said}" for kind, _, said in NEAR_LIES]
)
def test_lie_in_the_words_of_the_passage_fails(grounding: Grounding, kind: str, passage: str, statement: str) -> None:
    assert grounding.objection(statement, passage) is not None, kind


def test_every_passage_of_the_pack_bears_itself_out_without_the_model() -> None:
    company, untouched = load_company(PACK / "company.yaml"), HashedEncoder()
    texts = set()
    for path in PACK.glob("*.md"):
        document = parse_document(path.read_text(encoding="utf-8"), default_id=path.stem, company=company)
        texts |= {plain(block) for block in document.body.blocks if len(plain(block).split()) <= MAX_WORDS}
    assert len(texts) > 2000
    assert not [text for text in texts if Grounding(untouched).objection(text, text)]
    assert untouched.encoded == 0


def test_whole_sentences_in_a_row_are_whole() -> None:
    assert is_whole("what goes to your family counts as given to you", FAMILY)
    assert is_whole("No. What goes to your family counts as given to you.", FAMILY)
    assert not is_whole("No. Ask your manager, or turn it down for all of you.", FAMILY)
    assert not is_whole("What goes to your family counts.", FAMILY)
    assert not is_whole("", FAMILY)


def test_sentences_of_two_passages_do_not_make_one_statement(grounding: Grounding) -> None:
    assert grounding.objection(f"{LIMIT} {AGREE}", f"{LIMIT} {AGREE}") is None
    assert grounding.objection(f"{LIMIT} {AGREE}", LIMIT) is not None


def test_statement_far_from_the_meaning_fails(encoder: Encoder) -> None:
    class Far(HashedEncoder):
        def encode(self, texts: Sequence[str]) -> Vectors:
            return np.eye(len(texts), dtype=np.float32)

    assert Grounding(Far()).objection(TRUE[0][1], LIMIT) == "means something else than the passage"
