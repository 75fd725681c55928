from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from advisor.embedding import BUNDLED_SHA256, bundled_folder, check_bundled, load_encoder
from advisor.errors import ModelError


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def test_bundled_model_is_upstreams_file() -> None:
    check_bundled(bundled_folder() / "model.safetensors")
    assert BUNDLED_SHA256.startswith("53aa5117")


def test_altered_model_is_refused(tmp_path: Path) -> None:
    altered = tmp_path / "model.safetensors"
    altered.write_bytes(b"not the model")
    with pytest.raises(ModelError, match="not the expected model"):
        check_bundled(altered)


def test_exported_encoder_gives_the_same_vectors_as_sentence_transformers(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    texts = ["a co-worker is calling my client", "word " * 400, "x"]
    ours = load_encoder("bundled", cache, 2).encode(texts)
    theirs = load_encoder(str(bundled_folder()), cache, 2).encode(texts)
    assert float((ours * theirs).sum(axis=1).min()) > 0.9999
    assert np.allclose(np.linalg.norm(ours, axis=1), 1.0, atol=1e-4)


def test_unknown_model_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="'no/such-model' cannot be loaded"):
        load_encoder("no/such-model", cache, 2)
