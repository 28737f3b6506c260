"""Scores of sentences: n-gram metrics, METEOR, protocols, statistics and their tables."""
