"""The note to send: objective words, blanks for the facts, nothing the writer has not said."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.company import Contact


def write_draft(
    *, subject: str | None, to: Contact | None, record: Sequence[str], urgent: bool, between_colleagues: bool = False
) -> str:
    """A note with blanks in square brackets: a few friendly lines to a colleague, a report to anybody else."""
    if between_colleagues:
        return _TALK
    address = f"{to.name} ({to.contact})" if to else "[the person you trust to act on it]"
    about = f"{'URGENT: ' if urgent else ''}{subject or 'a matter I need to report'}"
    kept = "\n".join(f"- {item}: [ ]" for item in record)
    return _REPORT.format(address=address, about=about, kept=kept)


_TALK = """\
To: [your colleague]
Subject: A quick word about [client or matter]

Hi [name],

could we talk for ten minutes, just the two of us, [today / tomorrow at …]? It is about [client or matter].
What I know so far: [what you saw or were told yourself, with the date; no guesses]. I may be missing something,
so I would like to hear how you see it and agree how we go on.

Thanks, [name]"""

_REPORT = """\
To: {address}
Subject: {about}

I am writing to report what I saw or heard myself, and to ask how to proceed.

What happened: [what was said or done, in the exact words, in the order it happened]
Who: [names and roles of those who took part, and of anyone who saw or heard it]
When: [date and time]
Where: [place, call, message or system]
How I know: [I was there / I was told by … / I saw the message]
What I have done so far: [ ]

What I have written down or kept:
{kept}

What I ask of you: [a decision / advice / protection], by [date].
Please tell me who else will read this note. What I do not know I have left blank.

[Name, date]"""
