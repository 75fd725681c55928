"""Measurements beside plain LangChain with Chroma: the same documents, model and questions in one run."""
