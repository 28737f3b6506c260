"""Studies: many variants of one config, over several seeds, trained, tested and compared alike.

Read in this order: study.py (arms over one base), run.py (one arm with one seed, and many of them),
scores.py (from results files to scores with intervals), summary.py and method_tables.py.

Methods with configs of their own: comparison.py (what is compared, and each one's learning rate),
fairness.py (what must be equal). What methods cost is measured by mmrsicc.research.costs.
"""
