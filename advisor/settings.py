"""The settings, read from the environment by the entry points alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_ROOT = Path(__file__).resolve().parent.parent
BUNDLED_MODEL = "bundled"


def _beside(folder: str) -> Path:
    """A folder that comes with the package: beside it in a checkout, inside it when installed."""
    beside = _ROOT / folder
    return beside if beside.is_dir() else Path(__file__).resolve().parent / folder


class Settings(BaseSettings):
    """Each setting is an environment variable of the same name behind `ADVISOR_`."""

    model_config = SettingsConfigDict(env_prefix="ADVISOR_", extra="ignore", protected_namespaces=())

    data_dir: Path = Field(default_factory=lambda: user_data_path("advisor"))
    """Everything that is written lives here."""
    knowledge_dir: Path = Field(default_factory=lambda: _beside("knowledge"))
    """The starter pack, its company.yaml and triggers.yaml."""
    company_file: Path | None = None
    """The company's values and routes; `company.yaml` in the knowledge folder by default."""
    embedding_model: str = BUNDLED_MODEL
    """`bundled`, or the name or folder of any sentence-transformers model."""
    threads: int = 2
    """Threads of one embedding run."""
    host: str = "127.0.0.1"
    port: int = 7860

    model: str = ""
    """A language model as `provider:name`; empty for none, and then nothing is sent anywhere."""
    model_url: str = ""
    """Where an OpenAI-compatible server or another host of the provider's protocol answers."""
    model_key: SecretStr | None = None
    """The key, where the provider's own variable does not hold it."""
    model_options: dict[str, Any] = {}
    """More options for the provider's client, as JSON."""
    model_seconds: Annotated[float, Field(gt=0)] = 20.0
    """How long an answer may wait for the model before it comes without."""
    model_tokens_per_day: Annotated[int, Field(ge=0)] = 0
    """Tokens that a day may cost; 0 for no limit."""
    model_per_second: Annotated[float, Field(ge=0)] = 0.0
    """Calls a second at most; 0 for no limit."""
    model_price_in: Annotated[float, Field(ge=0)] = 0.0
    """Price of a million tokens sent, for `advisor evaluate`."""
    model_price_out: Annotated[float, Field(ge=0)] = 0.0
    """Price of a million tokens received."""
    model_local_only: bool = False
    """Whether a model that runs outside this machine and its private network is refused."""
    prompts_dir: Path = Field(default_factory=lambda: _beside("prompts"))
    """The prompts for the model."""

    @property
    def company_path(self) -> Path:
        return self.company_file or self.knowledge_dir / "company.yaml"

    @property
    def triggers_path(self) -> Path:
        return self.knowledge_dir / "triggers.yaml"
