"""Studies: configs over several seeds, trained, tested and compared alike.

Read in this order: study.py (arms of one base), run.py (one arm with one seed, and many of them),
summary.py (from results files to scores with intervals), tables.py.

A comparison of methods is a study whose arms are configs of their own: comparison.py (reads it),
fairness.py (what must be equal), tuning.py (each one's learning rate). mmrsicc.research.costs
measures what methods cost.
"""
