"""Workshops around the toolbox: studies over seeds, leakage audits, feature alignment.

The core never imports them.
"""
