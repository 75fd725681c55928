"""The training page: a situation, what you would do, and what your reply made and missed. Nothing is kept."""

from __future__ import annotations

from typing import Any, Literal

import gradio as gr

from advisor import training
from advisor.errors import AdvisorError, KnowledgeError
from advisor.front_matter import Level
from advisor.service import Service
from advisor.training import Exercise
from advisor.ui import style
from advisor.ui.assessment_view import show_assessment, show_levels, show_scenario
from advisor.ui.document_view import show_error
from advisor.ui.waiting import DESK_STYLE, Updates, Waiting

OPENING = (
    "# Training\nRead a situation, say what you would do, and see what the company's knowledge makes of it. "
    "Nothing you write here is kept."
)
ON_LEVEL = """
element.addEventListener('change', (event) => { props.value = event.target.value; });
watch('value', () => {
  for (const choice of element.querySelectorAll('input')) choice.checked = choice.value === props.value;
});
"""
TO_RESULT = "() => { const head = document.querySelector('#assessment h2'); if (head) head.focus(); }"
TO_SCENARIO = "() => { const head = document.querySelector('#scenario h2'); if (head) head.focus(); }"


def build_training_page(service: Service) -> gr.Blocks:
    """The page as Blocks."""
    with gr.Blocks(title="Training", analytics_enabled=False) as page:
        gr.HTML(style.header("/training/") + DESK_STYLE)
        gr.Markdown(OPENING)
        waiting = Waiting(service)
        with gr.Column(visible=False, elem_classes="desk") as content:
            with gr.Row():
                topic = gr.Dropdown(label="Topic", choices=[], min_width=300)
                situation = gr.Dropdown(label="Situation", choices=[], min_width=300)
            scenario = gr.HTML(elem_id="scenario")
            reply = gr.Textbox(
                label="What would you do?", lines=6, placeholder="In a few sentences: what you do first, then what next"
            )
            # Not gr.Radio: its buttons are no group, neither to the arrow keys nor to a screen reader.
            level = gr.HTML("", html_template=show_levels(), js_on_load=ON_LEVEL, elem_id="level")
            with gr.Row():
                done = gr.Button("See how I did", variant="primary")
                following = gr.Button("Next scenario")
            assessment = gr.HTML(elem_id="assessment")
        on_page = gr.State(("", -1))
        shown = [on_page, topic, situation, scenario, reply, level, assessment]

        def present(exercise: Exercise) -> Updates:
            own = [(one.scenario.title, one.number) for one in training.exercises(exercise.source)]
            return {
                on_page: (exercise.source.head.document, exercise.number),
                topic: exercise.source.head.document,
                situation: gr.Dropdown(choices=own, value=exercise.number),
                scenario: show_scenario(exercise),
                reply: "",
                level: "",
                assessment: "",
            }

        def fill() -> Updates:
            topics = training.topics(service.advisor)
            if not topics:
                return {scenario: show_error(KnowledgeError("no document in force has a situation to train on"))}
            choices = [(one.head.title, one.head.document) for one in topics]
            return present(training.exercises(topics[0])[0]) | {
                topic: gr.Dropdown(choices=choices, value=topics[0].head.document)
            }

        def take(document: str, number: int, current: tuple[str, int]) -> Updates:
            # Gradio reports a choice once more when the field is left; by then a reply may have been begun.
            if (document, number) == tuple(current):
                return {}
            try:
                return present(find_exercise(service, document, number))
            except AdvisorError as error:
                return {assessment: show_error(error)}

        def take_topic(document: str, current: tuple[str, int]) -> Updates:
            return {} if document == current[0] else take(document, 0, current)

        def go_on(document: str, number: int) -> Updates:
            try:
                return present(next_exercise(service, document, number))
            except AdvisorError as error:
                return {assessment: show_error(error)}

        def see(document: str, number: int, words: str, chosen: Level | Literal[""]) -> Updates:
            try:
                if not chosen:
                    raise KnowledgeError("no level is chosen yet; say how far up this needs to go")
                exercise = find_exercise(service, document, number)
                result = training.assess(exercise, words, chosen, service.parts.index.encoder)
            except AdvisorError as error:
                return {assessment: show_error(error)}
            return {assessment: show_assessment(result)}

        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "minimal"}
        topic.input(take_topic, [topic, on_page], shown, **quiet)
        situation.input(take, [topic, situation, on_page], shown, **quiet)
        following.click(go_on, [topic, situation], shown, **quiet).then(None, js=TO_SCENARIO)
        done.click(see, [topic, situation, reply, level], [assessment], **quiet).then(None, js=TO_RESULT)
        waiting.reveal(page, content, fill, shown)
    return page


def find_exercise(service: Service, document: str, number: int) -> Exercise:
    """A situation of a topic. Raises KnowledgeError when it is gone, which a publication can bring about."""
    source = service.advisor.find(document)
    exercises = training.exercises(source) if source else []
    if not 0 <= number < len(exercises):
        raise KnowledgeError("this situation was taken out meanwhile; choose another one above")
    return exercises[number]


def next_exercise(service: Service, document: str, number: int) -> Exercise:
    """The situation after this one: of the same topic, then of the next, and after the last the first."""
    every = [one for source in training.topics(service.advisor) for one in training.exercises(source)]
    if not every:
        raise KnowledgeError("no document in force has a situation to train on")
    places = [(one.source.head.document, one.number) for one in every]
    here = places.index((document, number)) if (document, number) in places else -1
    return every[(here + 1) % len(every)]
