"""The peer: plain LangChain with Chroma, recursive splitter 1000/200 and `similarity_search`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from advisor.embedding import bundled_folder


class PeerEmbeddings(Embeddings):
    """The bundled model as sentence-transformers runs it."""

    def __init__(self) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(bundled_folder()), device="cpu")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self._model.encode(texts, show_progress_bar=False).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class Peer:
    """An index of pages, searched the plain way."""

    def __init__(self, folder: Path, embeddings: PeerEmbeddings) -> None:
        from langchain_chroma import Chroma

        self._store: Any = Chroma("peer", embeddings, persist_directory=str(folder))

    def index(self, pages: Sequence[tuple[str, str]]) -> int:
        """Indexes (id, text) pages. Returns the number of chunks."""
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        texts, owners = [], []
        for identity, text in pages:
            for chunk in splitter.split_text(text):
                texts.append(chunk)
                owners.append({"document": identity})
        for begin in range(0, len(texts), 1000):
            self._store.add_texts(texts[begin : begin + 1000], metadatas=owners[begin : begin + 1000])
        return len(texts)

    def search(self, question: str, few: int = 4) -> list[str]:
        """The documents of the `few` nearest chunks, best first, each once."""
        found = self._store.similarity_search(question, k=few)
        return list(dict.fromkeys(chunk.metadata["document"] for chunk in found))
