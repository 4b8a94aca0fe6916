"""The kubectl plugin `kubectl harbor`: what people ask of the operator's objects, in one command.

It acts with its user's own rights and needs nothing of the operator but the objects. What `--help`
and completion need is light; the rest is imported by the command that uses it.
"""
