"""Trains `advisor/classifier.npz` from the documents' asks and the stories in `benchmarks/stories/`.

`python -m benchmarks.train_classifier` takes about a minute. No labelled case of `tests/` is read,
and every tenth ask is kept out.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from advisor.classifier import FORMAT, SHIPPED
from advisor.company import load_company
from advisor.document import parse_document
from advisor.embedding import Encoder, load_encoder
from advisor.front_matter import LEVELS
from advisor.leave_one_out import is_kept_out

ROOT = Path(__file__).resolve().parent.parent
STORIES = ROOT / "benchmarks" / "stories"
_TERMS = 20_000


def main() -> None:
    texts, topics, levels, documents = load_examples()
    with tempfile.TemporaryDirectory() as cache:
        encoder = load_encoder("bundled", Path(cache), 2)
        save(SHIPPED, fit(texts, topics, levels, encoder), documents, encoder.fingerprint)
    print(f"{len(texts)} examples of {len(documents)} documents -> {SHIPPED.name}")


def load_examples() -> tuple[list[str], list[int], list[int], list[str]]:
    """Texts with document and level (-1 where unlabelled), and the documents' ids."""
    company = load_company(ROOT / "knowledge" / "company.yaml")
    parsed = [
        parse_document(path.read_text("utf-8"), default_id=path.stem, company=company)
        for path in sorted((ROOT / "knowledge").glob("*.md"))
    ]
    documents = [document.id for document in parsed]
    texts: list[str] = []
    topics: list[int] = []
    levels: list[int] = []
    for number, document in enumerate(parsed):
        assert document.front is not None
        assert document.front.escalation is not None
        own = document.front.escalation.level
        for ask in document.front.asks:
            if is_kept_out(ask.ask):
                continue
            texts.append(ask.ask)
            topics.append(number)
            levels.append(LEVELS.index(ask.level or own))
        for reply in document.replies:
            texts.append(reply.question)
            topics.append(number)
            levels.append(-1)
        path = STORIES / f"{document.id}.jsonl"
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            story = json.loads(line)
            texts.append(story["text"])
            topics.append(number)
            levels.append(LEVELS.index(story["level"]))
    return texts, topics, levels, documents


def fit(texts: list[str], topics: list[int], levels: list[int], encoder: Encoder) -> dict[str, Any]:
    """All coefficients by name, as Classifier reads them."""
    dense = embed(texts, encoder)
    vectorizer = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2, max_features=_TERMS)
    words = vectorizer.fit_transform(texts)
    labelled = [position for position, level in enumerate(levels) if level >= 0]
    graded = np.array(levels)[labelled]
    models = {
        "topic_dense": _model(5).fit(dense, topics),
        "topic_words": _model(30).fit(words, topics),
        "level_dense": _model(3).fit(dense[labelled], graded),
        "level_words": _model(10).fit(words[labelled], graded),
    }
    priors = np.full((max(topics) + 1, len(LEVELS)), 0.5)
    for topic, level in zip(topics, levels, strict=True):
        if level >= 0:
            priors[topic, level] += 1
    terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get)
    data: dict[str, Any] = {"vocabulary": np.array(terms), "idf": vectorizer.idf_.astype(np.float32)}
    data["priors"] = (priors / priors.sum(axis=1, keepdims=True)).astype(np.float32)
    for name, model in models.items():
        data[f"{name}_weights"] = model.coef_.astype(np.float16)
        data[f"{name}_bias"] = model.intercept_.astype(np.float32)
    return data


def save(path: Path, data: dict[str, Any], documents: list[str], fingerprint: str) -> None:
    np.savez_compressed(
        path, format=np.array(FORMAT), documents=np.array(documents), encoder=np.array(fingerprint), **data
    )


def embed(texts: list[str], encoder: Encoder) -> Any:
    """One row a text."""
    rows: Any = np.zeros((len(texts), len(encoder.encode(["x"])[0])), np.float32)
    for positions, vectors in encoder.encode_many(texts):
        rows[positions] = vectors
    return rows


def _model(strength: float) -> Any:
    return LogisticRegression(C=strength, max_iter=400, random_state=0)


if __name__ == "__main__":
    main()
