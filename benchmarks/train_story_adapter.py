"""Trains `advisor/story_adapter.safetensors`: changes to the bundled encoder, and three heads on top of it.

`python -m benchmarks.train_story_adapter` takes about fifty minutes on two idle cores. It reads the documents' asks,
but for every tenth, and the stories in `benchmarks/stories/`, and no labelled case of `tests/`. The linear layers of
the encoder are trained as a whole, twice from different seeds; the mean of the two runs is kept, which is steadier than
either ("model soup"), and each layer's change in 8 bits a number. The heads say which document, which level, and
whether a story is off topic.
"""

from __future__ import annotations

import json
import random
import time
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

from advisor.embedding import ADAPTER, LEVEL_COUNT, bundled_folder
from benchmarks.train_classifier import STORIES, load_examples

SEEDS = (2, 3)
EPOCHS = 4
BATCH = 24
LEARNING_RATE = 1.5e-4
HEAD_RATE = 3e-3
SHARPNESS = 8.0
"""Length of the pooled vector that the heads see."""
TOKENS = 112
TARGETS = ("query.weight", "key.weight", "value.weight", "dense.weight")

Example = tuple[str, int, int, float]
"""Text, document and level (-1 where unlabelled), and 1.0 where it is off topic."""


def main() -> None:
    examples, documents = load_all()
    runs = [run(seed, examples, documents) for seed in SEEDS]
    changes, heads = (
        {name: sum(part[name] for part in parts) / len(runs) for name in parts[0]} for parts in zip(*runs, strict=True)
    )
    save_adapter(changes, heads)


def load_all() -> tuple[list[Example], int]:
    """All labelled and off-topic texts, and the number of documents."""
    texts, topics, levels, documents = load_examples()
    off = [json.loads(line)["text"] for line in (STORIES / "off-topic.jsonl").read_text("utf-8").splitlines()]
    examples: list[Example] = [(*labelled, 0.0) for labelled in zip(texts, topics, levels, strict=True)]
    return examples + [(text, -1, -1, 1.0) for text in off], len(documents)


def run(seed: int, examples: list[Example], documents: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The change of each trained layer, and the heads, after one training."""
    torch.manual_seed(seed)
    random.seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(bundled_folder())
    encoder: Any = AutoModel.from_pretrained(bundled_folder())
    for name, parameter in encoder.named_parameters():
        parameter.requires_grad = name.startswith("encoder.") and name.endswith(TARGETS)
    changed = {name: parameter for name, parameter in encoder.named_parameters() if parameter.requires_grad}
    before = {name: parameter.detach().clone() for name, parameter in changed.items()}
    width = encoder.config.hidden_size
    heads = torch.nn.ModuleDict(
        {
            "topic": torch.nn.Linear(width, documents),
            "level": torch.nn.Linear(width, LEVEL_COUNT),
            "off": torch.nn.Linear(width, 1),
        }
    )
    train(encoder, heads, list(changed.values()), tokenizer, examples)
    return {name: parameter.detach() - before[name] for name, parameter in changed.items()}, heads.state_dict()


def train(encoder: Any, heads: Any, changed: list[Any], tokenizer: Any, examples: list[Example]) -> None:
    """Trains the `changed` parameters of `encoder`, and `heads`."""
    groups = [{"params": changed, "lr": LEARNING_RATE}, {"params": heads.parameters(), "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = EPOCHS * (len(examples) // BATCH + 1) + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [LEARNING_RATE, HEAD_RATE], steps, pct_start=0.1)
    encoder.train()
    started = time.monotonic()
    for epoch in range(EPOCHS):
        total = 0.0
        for batch in batches(examples):
            encoded = tokenizer(
                [text for text, *_ in batch], padding=True, truncation=True, max_length=TOKENS, return_tensors="pt"
            )
            # Half the bits take half the time on processors that know this format.
            with torch.autocast("cpu", dtype=torch.bfloat16):
                hidden = encoder(**encoded).last_hidden_state
            weights = encoded["attention_mask"].unsqueeze(-1).float()
            pooled = (hidden.float() * weights).sum(1) / weights.sum(1)
            loss = loss_of(heads, torch.nn.functional.normalize(pooled, dim=1) * SHARPNESS, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(changed, 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total * BATCH / len(examples):.3f}, {time.monotonic() - started:.0f} s")


def batches(examples: list[Example]) -> list[list[Example]]:
    """Shuffled batches of texts of about the same length."""
    order = sorted(examples, key=lambda example: len(example[0]) + random.random() * 60)
    cut = [order[begin : begin + BATCH] for begin in range(0, len(order), BATCH)]
    random.shuffle(cut)
    return cut


def loss_of(heads: Any, pooled: Any, batch: list[Example]) -> Any:
    """Cross-entropy of topic and level where they are labelled, and of off topic or not."""
    topics = torch.tensor([topic for _, topic, _, _ in batch])
    levels = torch.tensor([level for _, _, level, _ in batch])
    off = torch.tensor([strange for *_, strange in batch])
    entropy = torch.nn.functional.cross_entropy
    loss = 0.3 * torch.nn.functional.binary_cross_entropy_with_logits(heads["off"](pooled)[:, 0], off)
    if (topics >= 0).any():
        loss = loss + entropy(heads["topic"](pooled), topics, ignore_index=-1, label_smoothing=0.05)
    if (levels >= 0).any():
        loss = loss + 0.4 * entropy(heads["level"](pooled), levels, ignore_index=-1, label_smoothing=0.05)
    return loss


def save_adapter(changes: dict[str, Any], heads: dict[str, Any]) -> None:
    """Writes each change as 8-bit numbers with a scale a row, and the heads for a vector of unit length."""
    tensors = {}
    for name, change in changes.items():
        module = name.removesuffix(".weight")
        scale = change.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
        tensors[f"{module}.change"] = (change / scale).round().to(torch.int8).contiguous()
        tensors[f"{module}.scale"] = scale.to(torch.float32).contiguous()
    for name, value in heads.items():
        factor = SHARPNESS if name.endswith("weight") else 1.0
        tensors[f"head.{name}"] = (value.detach() * factor).to(torch.float16).contiguous()
    save_file(tensors, str(ADAPTER))


if __name__ == "__main__":
    main()
