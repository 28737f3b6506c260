"""Studies: many variants of one config, over several seeds, trained, tested and compared alike.

Read in this order: study.py (what is varied), run.py (one variant with one seed), pool.py (many of
them), summary.py (their scores, and how sure the differences are).
"""
