"""Baselines without a model, for sentences and for masks."""
