"""The peers: what a team would have with a library's defaults, on the same pages and the same embedding model.

Plain LangChain with Chroma (recursive splitter 1000/200, four nearest chunks), BM25 alone, LangChain's ensemble of
both, and LlamaIndex as it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from advisor.embedding import bundled_folder

FEW = 4
"""Chunks a search asks for: LangChain's default."""
Page = tuple[str, str]
"""Id and text."""


class Peer(Protocol):
    """An index of pages."""

    name: str

    def index(self, pages: Sequence[Page]) -> int:
        """Takes the pages in. Returns the number of chunks."""
        ...

    def search(self, question: str) -> list[str]:
        """The ids of the pages that the chunks found come from, best first, each once."""
        ...


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


class ChromaPeer:
    """LangChain with Chroma and `similarity_search`."""

    name = "LangChain, Chroma, top 4"

    def __init__(self, folder: Path, embeddings: PeerEmbeddings) -> None:
        from langchain_chroma import Chroma

        self.store: Any = Chroma("peer", embeddings, persist_directory=str(folder))

    def index(self, pages: Sequence[Page]) -> int:
        texts, owners = _chunks(pages)
        for begin in range(0, len(texts), 1000):
            self.store.add_texts(texts[begin : begin + 1000], metadatas=owners[begin : begin + 1000])
        return len(texts)

    def search(self, question: str) -> list[str]:
        return _owners(self.store.similarity_search(question, k=FEW))


class Bm25Peer:
    """LangChain's BM25 retriever over the same chunks."""

    name = "BM25 alone, top 4"

    def index(self, pages: Sequence[Page]) -> int:
        from langchain_community.retrievers import BM25Retriever

        texts, owners = _chunks(pages)
        self.retriever: Any = BM25Retriever.from_texts(texts, metadatas=owners, k=FEW)
        return len(texts)

    def search(self, question: str) -> list[str]:
        return _owners(self.retriever.invoke(question))


class EnsemblePeer:
    """LangChain's ensemble of the two above, half and half, on what they have indexed."""

    name = "LangChain, ensemble of both"

    def __init__(self, dense: ChromaPeer, lexical: Bm25Peer) -> None:
        self._dense = dense
        self._lexical = lexical

    def index(self, pages: Sequence[Page]) -> int:
        from langchain_classic.retrievers import EnsembleRetriever

        dense = self._dense.store.as_retriever(search_kwargs={"k": FEW})
        self._retriever: Any = EnsembleRetriever(retrievers=[dense, self._lexical.retriever], weights=[0.5, 0.5])
        return 0

    def search(self, question: str) -> list[str]:
        return _owners(self._retriever.invoke(question))


class LlamaIndexPeer:
    """LlamaIndex's VectorStoreIndex and retriever with the defaults they come with: 1,024 tokens, two nearest."""

    name = "LlamaIndex, default"

    def __init__(self, embeddings: PeerEmbeddings) -> None:
        from llama_index.core.embeddings import BaseEmbedding

        class Wrapped(BaseEmbedding):  # type: ignore[misc]
            def _get_text_embedding(self, text: str) -> list[float]:
                return embeddings.embed_query(text)

            def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
                return embeddings.embed_documents(texts)

            def _get_query_embedding(self, query: str) -> list[float]:
                return embeddings.embed_query(query)

            async def _aget_query_embedding(self, query: str) -> list[float]:
                return embeddings.embed_query(query)

        self._model: Any = Wrapped(model_name="all-MiniLM-L6-v2")

    def index(self, pages: Sequence[Page]) -> int:
        from llama_index.core import Document, VectorStoreIndex

        documents = [Document(text=text, metadata={"document": identity}) for identity, text in pages]
        made = VectorStoreIndex.from_documents(documents, embed_model=self._model)
        self._retriever: Any = made.as_retriever()
        return len(made.index_struct.nodes_dict)

    def search(self, question: str) -> list[str]:
        return list(dict.fromkeys(found.node.metadata["document"] for found in self._retriever.retrieve(question)))


def _chunks(pages: Sequence[Page]) -> tuple[list[str], list[dict[str, str]]]:
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    pairs = [(chunk, identity) for identity, text in pages for chunk in splitter.split_text(text)]
    return [chunk for chunk, _ in pairs], [{"document": identity} for _, identity in pairs]


def _owners(chunks: Sequence[Any]) -> list[str]:
    return list(dict.fromkeys(chunk.metadata["document"] for chunk in chunks))
