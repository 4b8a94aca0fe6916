"""Between the core and what it is about: rows of Harbor as facts, and steps as requests.

Engine and plugin both look at Harbor this way, so that both see the same.
"""
