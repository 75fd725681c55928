"""Assembly: the parts put together from the settings. Only entry points call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from advisor.advisor import Advisor
from advisor.budget import Budget
from advisor.chat_model import make_chat_model
from advisor.classifier import Classifier
from advisor.company import load_company
from advisor.embedding import load_encoder, load_story_model
from advisor.errors import UsageError
from advisor.index import Progress, VectorIndex
from advisor.judge import Judge
from advisor.knowledge import Knowledge
from advisor.prompt import load_prompt
from advisor.retrieval import Retriever
from advisor.settings import BUNDLED_MODEL, Settings
from advisor.storage import Store
from advisor.trigger import load_triggers
from advisor.writing_advisor import WritingAdvisor

Say = Callable[[str], None]


@dataclass(frozen=True)
class Parts:
    """All that an entry point works with."""

    settings: Settings
    store: Store
    knowledge: Knowledge
    index: VectorIndex


def assemble(settings: Settings, say: Say = lambda _: None) -> Parts:
    """The store, the index and the knowledge on the data folder. Raises AdvisorError."""
    # The products of a question are small: several BLAS threads would wait for one another longer than they work.
    threadpool_limits(1, user_api="blas")
    store = Store(settings.data_dir)
    company = load_company(settings.company_path)
    encoder = load_encoder(settings.embedding_model, settings.data_dir / "models", settings.threads, say)
    index = VectorIndex(settings.data_dir / "index", encoder, say)
    return Parts(settings, store, Knowledge(store, company, index), index)


def seed(parts: Parts, say: Say = lambda _: None, progress: Progress = lambda _done, _all: None) -> None:
    """Puts the starter pack in force on a data folder where nothing was ever published."""
    if parts.store.is_untouched():
        say("Publishing the starter pack")
        parts.knowledge.sync(parts.settings.knowledge_dir, progress)


def _classifier(settings: Settings, say: Say) -> Classifier | None:
    """The classifier, unless another embedding model is set than the one it was trained on."""
    if settings.embedding_model != BUNDLED_MODEL:
        return None
    return Classifier(load_story_model(settings.data_dir / "models", 1, say))


def make_retriever(parts: Parts, say: Say = lambda _: None) -> Retriever:
    """What ranks documents: the index's encoder and, where one was trained on it, the classifier."""
    return Retriever(parts.index.encoder, _classifier(parts.settings, say))


def make_advisor(parts: Parts, say: Say = lambda _: None, progress: Progress = lambda _done, _all: None) -> Advisor:
    """The advisor, with a language model where one is set; an empty data folder gets the starter pack first."""
    settings = parts.settings
    model = make_chat_model(settings, Budget(parts.store, settings.model_tokens_per_day))
    prompts = {path.stem: load_prompt(path) for path in _prompts(settings.prompts_dir)} if model else {}
    seed(parts, say, progress)
    arguments = (
        parts.store,
        parts.index,
        make_retriever(parts, say),
        parts.knowledge.company,
        load_triggers(settings.triggers_path),
        progress,
    )
    if model is None:
        return Advisor(*arguments)
    return WritingAdvisor(*arguments, model=model, prompts=prompts, seconds=settings.model_seconds)


def make_judge(parts: Parts, model: str) -> Judge:
    """The judge for an evaluation, reached like the model that is judged. Raises UsageError or ChatModelError."""
    settings = parts.settings.model_copy(update={"model": model})
    judge = make_chat_model(settings, Budget(parts.store, 0))
    if judge is None:
        raise UsageError("--judge needs the name of a model, such as openai:gpt-5-mini")
    return Judge(judge, load_prompt(settings.prompts_dir / "judge.md"), parts.settings.model)


def _prompts(folder: Path) -> list[Path]:
    return [folder / f"{name}.md" for name in ("answer", "follow-up", "choice", "draft")]
