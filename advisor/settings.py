"""The settings, read from the environment by the entry points alone."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_ROOT = Path(__file__).resolve().parent.parent
BUNDLED_MODEL = "bundled"


def _pack_folder() -> Path:
    """The starter pack: beside the package in a checkout, inside it when installed."""
    beside = _ROOT / "knowledge"
    return beside if beside.is_dir() else Path(__file__).resolve().parent / "knowledge"


class Settings(BaseSettings):
    """Each setting is an environment variable of the same name behind `ADVISOR_`."""

    model_config = SettingsConfigDict(env_prefix="ADVISOR_", extra="ignore")

    data_dir: Path = Field(default_factory=lambda: user_data_path("advisor"))
    """Everything that is written lives here."""
    knowledge_dir: Path = Field(default_factory=_pack_folder)
    """The starter pack, its company.yaml and triggers.yaml."""
    company_file: Path | None = None
    """The company's values and routes; `company.yaml` in the knowledge folder by default."""
    embedding_model: str = BUNDLED_MODEL
    """`bundled`, or the name or folder of any sentence-transformers model."""
    threads: int = 2
    """Threads of one embedding run."""
    host: str = "127.0.0.1"
    port: int = 7860

    @property
    def company_path(self) -> Path:
        return self.company_file or self.knowledge_dir / "company.yaml"

    @property
    def triggers_path(self) -> Path:
        return self.knowledge_dir / "triggers.yaml"
