"""Costs of methods, measured side by side: parameters, FLOPs, time and memory.

flops.py counts, costs.py measures training and captioning. decoding_loops.py and
training_passes.py are how published code decodes and trains, to be measured against; tables.py
writes what was measured.
"""
