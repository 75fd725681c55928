"""Trains `advisor/story_adapter.safetensors`: low-rank changes to the bundled encoder, and three heads on top of it.

`python -m benchmarks.train_story_adapter` takes ten minutes on two idle cores. It reads the documents' asks and the
stories in `benchmarks/stories/`, and no labelled case of `tests/`. The heads say which document, which level, and
whether a story is off topic.
"""

from __future__ import annotations

import json
import random
import time
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

from advisor.embedding import ADAPTER, ADAPTER_SCALE, LEVEL_COUNT, bundled_folder
from benchmarks.train_classifier import STORIES, load_examples

RANK = 16
EPOCHS = 3
BATCH = 24
LEARNING_RATE = 7e-4
HEAD_RATE = 5e-3
SHARPNESS = 8.0
"""Length of the pooled vector that the heads see."""
TOKENS = 96
TARGETS = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]


def main() -> None:
    torch.manual_seed(0)
    random.seed(0)
    texts, topics, levels, documents = load_examples()
    off = [json.loads(line)["text"] for line in (STORIES / "off-topic.jsonl").read_text("utf-8").splitlines()]
    examples = [(text, topic, level, 0.0) for text, topic, level in zip(texts, topics, levels, strict=True)]
    examples += [(text, -1, -1, 1.0) for text in off]
    tokenizer = AutoTokenizer.from_pretrained(bundled_folder())
    base = AutoModel.from_pretrained(bundled_folder())
    scale = int(ADAPTER_SCALE * RANK)
    config = LoraConfig(r=RANK, lora_alpha=scale, lora_dropout=0.1, target_modules=TARGETS)
    model: Any = get_peft_model(base, config)
    heads = torch.nn.ModuleDict(
        {
            "topic": torch.nn.Linear(base.config.hidden_size, len(documents)),
            "level": torch.nn.Linear(base.config.hidden_size, LEVEL_COUNT),
            "off": torch.nn.Linear(base.config.hidden_size, 1),
        }
    )
    changed = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [{"params": changed, "lr": LEARNING_RATE}, {"params": heads.parameters(), "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = EPOCHS * (len(examples) // BATCH + 1) + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [LEARNING_RATE, HEAD_RATE], steps, pct_start=0.1)
    model.train()
    started = time.monotonic()
    for epoch in range(EPOCHS):
        total = 0.0
        for batch in batches(examples):
            encoded = tokenizer(
                [text for text, *_ in batch], padding=True, truncation=True, max_length=TOKENS, return_tensors="pt"
            )
            hidden = model(**encoded).last_hidden_state
            weights = encoded["attention_mask"].unsqueeze(-1).float()
            pooled = torch.nn.functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1) * SHARPNESS
            loss = loss_of(heads, pooled, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(changed, 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss)
        print(f"epoch {epoch + 1}: loss {total * BATCH / len(examples):.3f}, {time.monotonic() - started:.0f} s")
    save_adapter(model.state_dict(), heads.state_dict())


def batches(examples: list[Any]) -> list[list[Any]]:
    """Shuffled batches of texts of about the same length."""
    order = sorted(examples, key=lambda example: len(example[0]) + random.random() * 60)
    cut = [order[begin : begin + BATCH] for begin in range(0, len(order), BATCH)]
    random.shuffle(cut)
    return cut


def loss_of(heads: Any, pooled: Any, batch: list[Any]) -> Any:
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


def save_adapter(model: dict[str, Any], heads: dict[str, Any]) -> None:
    """Writes the low-rank matrices under their module's name, and the heads for a vector of unit length."""
    tensors = {}
    for name, value in model.items():
        if ".lora_" in name:
            module, _, rest = name.removeprefix("base_model.model.").partition(".lora_")
            tensors[f"{module}.{rest[0]}"] = value.detach().to(torch.float16).contiguous()
    for name, value in heads.items():
        factor = SHARPNESS if name.endswith("weight") else 1.0
        tensors[f"head.{name}"] = (value.detach() * factor).to(torch.float16).contiguous()
    save_file(tensors, str(ADAPTER))


if __name__ == "__main__":
    main()
