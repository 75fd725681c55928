"""The chat page: a question, its answer, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from advisor.chat_model import describe_model
from advisor.errors import AdvisorError, QuestionError
from advisor.outcome import Outcome, to_json
from advisor.service import Service
from advisor.ui.render import PASS_ON, say_button, show_notice, show_turn, show_writing
from advisor.ui.style import TITLE, header
from advisor.ui.waiting import show_state

PATIENCE = 60.0
"""Seconds that a program's question waits for the models."""
READER_PATIENCE = 1_800.0
"""Seconds that a question on the page waits: the first start embeds all knowledge, and the page says how far it is."""
CALLERS = 8
"""Questions answered at the same time."""
_OPENING = """\
<section class="opening"><h1>Not sure what to do? Ask here.</h1>
<p>Say what happened. You will see what to do now, whom to take it to, and the words of your company's own rules.
You need no name to ask, and no record of your question is kept.</p></section>"""
_EXAMPLES = (
    "A co-worker is calling my client. What do I do?",
    "My client shouts at me on every call",
    "A buyer wants something for himself before he signs",
    "My manager wants me to backdate a contract",
    "May I keep a gift from a supplier?",
)


@dataclass(frozen=True)
class Conversation:
    """What was asked and shown so far. It lives in the memory of one browser session and nowhere else."""

    turns: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    asked: str = ""
    """The turn that is being answered; empty when none is."""
    plain: Outcome | None = field(default=None, repr=False)
    """Its answer in the documents' own words, to be shown when the writing is stopped."""

    def html(self, *more: str) -> str:
        return "".join([*self.shown, *more])


Step = tuple[Conversation, str, str]
"""The conversation, its HTML, and what then stands in the question box."""


def build_chat(service: Service) -> gr.Blocks:
    """The page, and the endpoint and tool `ask`."""
    with gr.Blocks(title=TITLE, analytics_enabled=False) as page:
        _add_endpoint(service)
        bare: dict[str, Any] = {"padding": False, "apply_default_css": False}
        writer = describe_model(service.settings)
        gr.HTML(header("/") + _OPENING + _about(writer), js_on_load=None, **bare)
        status = gr.HTML(elem_classes="waiting", js_on_load=None, **bare)
        timer = gr.Timer(1.0, active=False)
        conversation = gr.State(Conversation())
        script = Path(__file__).with_name("script.js").read_text(encoding="utf-8")
        shown = gr.HTML(elem_id="conversation", js_on_load=script, **bare)
        with gr.Column(elem_id="composer"):
            question = gr.Textbox(
                label="What happened?",
                placeholder="In a sentence or two, in your own words",
                lines=1,
                max_lines=8,
                elem_id="question",
                autofocus=True,
            )
            with gr.Row(elem_id="actions"):
                send = gr.Button("Send", variant="primary", elem_id="send")
                stop = gr.Button("Stop: show the documents' own words", elem_id="stop", visible=bool(writer))
                again = gr.Button("Try again", elem_id="again", visible=bool(writer))
                new = gr.Button("New conversation", elem_id="new")
        examples = "".join(say_button(example) for example in _EXAMPLES)
        listed = f'<h2>For example</h2><ul class="choices">{examples}</ul>'
        gr.HTML(listed, elem_classes="examples", js_on_load=None, **bare)

        def send_typed(so_far: Conversation, asked: str) -> Iterator[Step]:
            yield from reply(service, so_far, asked)

        def send_chosen(so_far: Conversation, event: gr.EventData) -> Iterator[Step]:
            yield from reply(service, so_far, str(event.say))

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        state = [conversation, shown, question]
        typed = [conversation, question]

        def send_again(so_far: Conversation) -> Iterator[Step]:
            yield from retry(service, so_far)

        # Gradio takes a cancelled event for one that still runs: with "once" it would ignore every later click.
        mode = "multiple" if writer else "once"
        many: dict[str, Any] = {"concurrency_limit": CALLERS, "trigger_mode": mode, **quiet}
        sent = gr.on([send.click, question.submit], send_typed, typed, state, **many)
        chosen = shown.select(send_chosen, [conversation], state, **many)
        sent_again = again.click(send_again, [conversation], state, **many)
        running = [sent, chosen, sent_again]
        stop.click(lambda so_far: stop_writing(service, so_far), [conversation], state, cancels=running, **quiet)
        new.click(lambda: (Conversation(), "", ""), None, state, cancels=running, **quiet)

        def look() -> tuple[str, gr.Timer]:
            ready = service.state == "ready"
            return "" if ready else show_state(service), gr.Timer(active=not ready)

        gr.on([page.load, timer.tick], look, None, [status, timer], **quiet)
    return page


def _add_endpoint(service: Service) -> None:
    # One argument only: over plain HTTP Gradio fills in no defaults, and it logs the others when one is missing.
    def ask(question: str | list[str]) -> dict[str, Any]:
        """Answers a sales rep's question about conduct from the company's own documents: what to do and what not to do,
        each statement with its quote, how serious the matter is, and whom to take it to by when.

        Args:
            question: What happened, in the rep's own words; or all turns of a conversation as a list, oldest first.
        """
        turns = [question] if isinstance(question, str) else question
        service.wait(PATIENCE)
        try:
            return to_json(service.advisor.ask(turns))
        except QuestionError as error:
            return to_json(service.advisor.explain_bad_question(turns[-1] if turns else "", error))
        except AdvisorError as error:
            raise gr.Error(str(error), print_exception=False) from None

    gr.api(ask, api_name="ask", concurrency_limit=CALLERS)


def reply(service: Service, so_far: Conversation, asked: str) -> Iterator[Step]:
    """The turn as it stands while it waits, and then with its answer. A turn without an answer is not remembered.

    While an answer is being written, nothing else is taken: Stop comes first.
    """
    if so_far.asked:
        yield gr.skip(), gr.skip(), gr.skip()  # without a step the page would be emptied
        return
    if service.state == "starting":
        yield so_far, so_far.html(show_notice(asked, "Your answer comes as soon as the advisor is ready.")), ""
        service.wait(READER_PATIENCE)
    turns = (*so_far.turns, asked)
    if asked == PASS_ON and so_far.turns:
        try:
            service.advisor.pass_on(so_far.turns)
            said = "Passed on to those who keep the knowledge. Nothing about you went with it."
        except AdvisorError as error:
            said = f"It could not be passed on. {error}."
        # The notice belongs to the turn that it is about: each turn has one piece, which Try again replaces.
        done = Conversation(so_far.turns, (*so_far.shown[:-1], so_far.shown[-1] + show_notice(asked, said)))
        yield done, done.html(), ""
        return
    try:
        for stage in service.advisor.stream(turns):
            if stage.done:
                done = Conversation(turns, (*so_far.shown, show_turn(stage.outcome)))
                yield done, done.html(), ""
            else:
                writing = Conversation(so_far.turns, so_far.shown, asked, stage.plain)
                writer = describe_model(service.settings) or ""
                yield writing, so_far.html(show_writing(stage.outcome, writer)), ""
    except QuestionError as error:
        yield so_far, so_far.html(show_turn(service.advisor.explain_bad_question(asked, error))), asked
    except AdvisorError as error:
        yield so_far, so_far.html(show_notice(asked, f"Your question could not be answered. {error}.")), asked


def stop_writing(service: Service, so_far: Conversation) -> Step:
    """The answer in the documents' own words in place of one that is being written."""
    if so_far.plain is None:
        return so_far, so_far.html(), ""
    service.advisor.keep(so_far.plain)
    done = Conversation((*so_far.turns, so_far.asked), (*so_far.shown, show_turn(so_far.plain)))
    return done, done.html(), ""


def retry(service: Service, so_far: Conversation) -> Iterator[Step]:
    """The last turn answered once more, in place of its answer."""
    if not so_far.turns:
        yield so_far, so_far.html(), ""
        return
    yield from reply(service, Conversation(so_far.turns[:-1], so_far.shown[:-1]), so_far.turns[-1])


def _about(writer: str | None) -> str:
    """Which language model is used and where it runs, where one is."""
    if writer is None:
        return ""
    return (
        f'<p class="about-model">Answers are put into words by {escape(writer)}. Names, addresses and numbers of '
        "persons are masked before anything is sent, and each statement is checked against the words it quotes.</p>"
    )
