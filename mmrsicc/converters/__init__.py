"""Converters of authors' checkpoints to ours, with every tensor accounted for.

Read in this order: conversion.py (the way through), inert_pickle.py, weight_file.py and
pickled_modules.py (reading a file without running it), shared_rules.py (names of parts that several
methods share), then a file per method. Change detectors go through detector_conversion.py.
"""
