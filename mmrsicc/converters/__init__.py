"""From the checkpoints that authors released to ours, with every tensor accounted for.

Read in this order: key_map.py (how tensors get their names here), shared_rules.py (names of parts
that several methods share), then a file per method.
"""
