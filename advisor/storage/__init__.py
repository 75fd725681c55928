"""The one home of SQLAlchemy: versions, drafts and receipts in one SQLite file."""

from advisor.storage.store import Draft, Head, NewVersion, Store, Version

__all__ = ["Draft", "Head", "NewVersion", "Store", "Version"]
