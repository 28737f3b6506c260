"""Studies: many variants of one config, over several seeds, trained, tested and compared alike.

Read in this order: study.py (what is varied), run.py (one variant with one seed), pool.py (many of
them), scores.py (from results files to scores with intervals), summary.py (tables of a study).

Methods with configs of their own: comparison.py (what is compared), fairness.py (what must be
equal), tuning.py (each one's learning rate), method_scores.py and method_tables.py. What methods
cost: flops.py, costs.py, and decoding_loops.py, how others decode.
"""
