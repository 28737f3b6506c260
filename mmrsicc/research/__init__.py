"""Research tools: studies over seeds, leakage audits, feature alignment.

The core never imports them.
"""
