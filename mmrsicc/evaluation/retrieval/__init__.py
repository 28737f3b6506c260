"""Retrieval of pairs by sentences and of sentences by pairs."""
